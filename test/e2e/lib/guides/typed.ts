// What a reader changes in a command of the docs, where this computer is not as free as the docs take it to be.

export interface Place {
  /** `dev`, but where the computer's user has one of that name. */
  stack: string;
  /** 80, but where somebody has it. */
  httpPort: number;
}

/** The command, or the program, as it is typed there. */
export function typed(text: string, { stack, httpPort }: Place): string {
  const onStack =
    stack === "dev"
      ? text
      : text
          .replace(/\bnpm run up\b( --(?= ))?/g, `npm run up -- --stack ${stack}`)
          .replace(/\bnpx indie\b|(?<=^|&& )indie\b/g, `$& --stack ${stack}`)
          .replaceAll("--stack dev", `--stack ${stack}`)
          .replaceAll("iv-dev-", `iv-${stack}-`);
  return httpPort === 80 ? onStack : onStack.replace(/http:\/\/((?:[\w-]+\.)*localhost|127\.0\.0\.1)(?![\w:.])/g, `http://$1:${httpPort}`);
}
