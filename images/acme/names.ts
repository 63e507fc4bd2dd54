// A certificate's name is that of its folder: a host, or `_.<domain>` for all that is one label below a domain.
const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const HOST = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const OWNER = new RegExp(`^${LABEL}$`);

/** As spec/hosts.ts lets it through. What is a host leads out of no folder, and is an argument that no program takes for an option. */
export const isHost = (text: string): boolean => text.length <= 253 && HOST.test(text);

export const isCertificateName = (text: string): boolean => isHost(text.replace(/^_\./, ""));

/** What stands in the certificate: `_.example.com` is lego's own way to write `*.example.com` as a file's name. */
export const domainOf = (name: string): string => name.replace(/^_\./, "*.");

export const isWildcard = (name: string): boolean => name.startsWith("_.");

/** A project's name, or `api`, the common host's. */
export const isOwner = (text: string): boolean => OWNER.test(text);
