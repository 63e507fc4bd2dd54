// What a printed command line says of the stack. It is here because the container has this folder alone; cli/ and components/ take it from here.

/** This computer: the stack of a command line that names none. */
export const DEFAULT_STACK = "dev";

/** What a command line says of the stack behind `npx indie …`: nothing of the one that is meant anyway. */
export const stackOption = (stack: string): string => (stack === DEFAULT_STACK ? "" : ` --stack ${stack}`);

/** `npm run up` of the stack. */
export const upCommand = (stack: string): string => `npm run up${stack === DEFAULT_STACK ? "" : ` --${stackOption(stack)}`}`;
