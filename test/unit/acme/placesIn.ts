import { join } from "node:path";
import type * as real from "../../../images/acme/places.ts";

/** Its paths are constants to TypeScript. */
type Places = { [Name in keyof typeof real]: string };

/** images/acme/places.ts, below another folder than the container's root. */
export function placesIn(folder: string): Places {
  const [certificates, state] = [join(folder, "certificates"), join(folder, "state")];
  return {
    CERTIFICATES: certificates,
    LIVE: join(certificates, "live"),
    VERSIONS: join(certificates, "versions"),
    GENERATION: join(certificates, "generation"),
    WEBROOT: join(certificates, "webroot"),
    STATE: state,
    WANTED: join(state, "wanted"),
    LEGO: join(state, "lego"),
    STATUS: join(state, "status.json"),
    ATTEMPTS: join(state, "attempts.json"),
    UNWANTED: join(state, "unwanted.json"),
    ORDERED_BY: join(state, "ordered-by"),
  };
}
