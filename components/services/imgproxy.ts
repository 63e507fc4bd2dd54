export const IMGPROXY_PORT = 5001;
export const IMGPROXY_HEALTHCHECK = ["CMD", "true"];
export const imgproxyEnvironment = (): Record<string, string> => ({});
