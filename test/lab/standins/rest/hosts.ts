// `server-host`: names with a meaning of their own (docs/references/configuration.rst "server-host").

const SPECIAL_HOSTS: Record<string, string | undefined> = { "!4": "0.0.0.0", "*4": "0.0.0.0", "!6": "::", "*6": "::", "*": undefined };
export const isSpecialHost = (host: string): boolean => Object.hasOwn(SPECIAL_HOSTS, host);

/** What Node listens on; undefined is every address. */
export const listenAddress = (host: string): string | undefined => (isSpecialHost(host) ? SPECIAL_HOSTS[host] : host);
