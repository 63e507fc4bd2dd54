import * as pulumi from "@pulumi/pulumi";
import { scarceRoom } from "./room.ts";

/**
 * The state's disk has room for an update. On a full one Pulumi puts half a state in the place of the whole (cli/backend.ts); nothing is
 * asked where the state is not in a folder.
 *
 * @throws RunError saying where there is none
 */
export function requireStateRoom(backendUrl = process.env.PULUMI_BACKEND_URL): void {
  const folder = /^file:\/\/(\/[^?]*)/.exec(backendUrl ?? "")?.[1];
  const scarce = folder === undefined ? undefined : scarceRoom(folder);
  if (scarce !== undefined) throw new pulumi.RunError(`${scarce} Nothing was changed. Make room, and run the same command again.`);
}
