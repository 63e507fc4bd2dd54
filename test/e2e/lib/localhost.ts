import dns from "node:dns";

/** `*.localhost` does not resolve in Node on every machine (facts/engine.md, Names): for the tests it is 127.0.0.1. */
export function resolveLocalhost(): void {
  const original = dns.lookup;
  dns.lookup = ((hostname: string, ...rest: unknown[]) =>
    (original as (...args: unknown[]) => void)(hostname.endsWith(".localhost") ? "127.0.0.1" : hostname, ...rest)) as typeof dns.lookup;
}
