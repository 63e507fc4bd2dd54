import { join } from "node:path";
import type * as real from "../../../images/backup/places.ts";

/** Its paths are constants to TypeScript. */
type Places = { [Name in keyof typeof real]: (typeof real)[Name] extends string ? string : (typeof real)[Name] };

/** images/backup/places.ts, below another folder than the container's root: for a test of what writes there. */
export function placesIn(folder: string): Places {
  const files = join(folder, "files");
  return {
    STATE: join(folder, "state"),
    STAGING: join(folder, "state", "staging"),
    READ_BACK: join(folder, "state", "read-back"),
    PROOF: join(folder, "state", "proof"),
    PULUMI_STATE: join(folder, "state", "pulumi.json"),
    VAULT: join(folder, "vault"),
    SCRATCH: join(folder, "scratch"),
    SCRATCH_SOCKET: join(folder, "scratch", "socket"),
    FILES: files,
    filesFolder: (project) => join(files, project),
    restoringFolder: (project) => join(files, `.restoring-${project}`),
    savingFolder: (project) => join(files, `.saving-${project}`),
    replacedFolder: (project) => join(files, `.replaced-${project}`),
    objectPath: ({ bucket_id, name, version }) => join(bucket_id, name, version ?? ""),
  };
}
