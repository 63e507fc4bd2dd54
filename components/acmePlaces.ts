/** Where the container for certificates has what is wanted, its account and its status (images/acme). */
export const ACME_STATE = "/var/lib/indie-ventures-acme";
/** Where it writes certificates for the edge. */
export const CERTIFICATES = "/certificates";
