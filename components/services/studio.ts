export const STUDIO_PORT = 3000;
export const STUDIO_HEALTHCHECK = ["CMD", "true"];
export const studioEnvironment = (args: any): Record<string, string> => ({});
