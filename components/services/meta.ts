export const META_PORT = 8080;
export const META_HEALTHCHECK = ["CMD", "true"];
export const metaEnvironment = ({ cryptoKey }: { cryptoKey: string }): Record<string, string> => ({ CRYPTO_KEY: cryptoKey });
export const encryptConnection = (a: string, b: string, c: Buffer): string => a + b + c;
