// Where things are inside the container; the volumes behind them: components/certificates.ts.
import { join } from "node:path";

/** What nginx reads, too. */
export const CERTIFICATES = "/certificates";
/** Certificate name → symlink to the version that is used. */
export const LIVE = join(CERTIFICATES, "live");
export const VERSIONS = join(CERTIFICATES, "versions");
/** Another text after each change of {@link LIVE}: who reads it reads all anew. */
export const GENERATION = join(CERTIFICATES, "generation");
/** What the CA asks each host for: below `.well-known/acme-challenge`. */
export const WEBROOT = join(CERTIFICATES, "webroot");

/** What must outlive the container, and is nobody else's: which names are wanted, the CA's account with its key. */
export const STATE = "/var/lib/indie-ventures-acme";
export const WANTED = join(STATE, "wanted");
export const LEGO = join(STATE, "lego");
export const STATUS = join(STATE, "status.json");
/** Name → how often its order failed, and when it is tried again. */
export const ATTEMPTS = join(STATE, "attempts.json");
/** Name → since when nobody wants it. */
export const UNWANTED = join(STATE, "unwanted.json");
/** What of the settings the last orders were made by. */
export const ORDERED_BY = join(STATE, "ordered-by");
