// A backup in the list of them, for people and for programs.
import { isProven } from "./catalog.ts";
import type { Kind, Manifest } from "./manifest.ts";
import { shown } from "./stop.ts";
import { isOwn } from "./whose.ts";

/** One of `list --json`. */
export interface ListedBackup {
  project: string;
  id: string;
  /** That made it: another than this server's has the repository too. */
  stack: string;
  kind: Kind;
  /** ISO 8601: when it was begun. */
  begun: string;
  /** ISO 8601: when it was restored and compared last, with nothing that differs; null where it does not count. */
  proven: string | null;
  /** Why it does not count; null where it does. */
  fault: string | null;
  /** Bytes of the dump. */
  dumpBytes: number;
  /** Stored files. */
  objects: number;
}

export function listed(manifest: Manifest, own: string): ListedBackup {
  const { stack = own } = manifest;
  const { project, id, kind, begun, proven, faults, dump, objects } = manifest;
  const counts = isProven(manifest);
  return { project, id, stack, kind, begun, proven: counts ? proven! : null, fault: counts ? null : (faults[0] ?? "its proof did not end"), dumpBytes: dump.bytes, objects: objects.rows };
}

/** With its stack, where that is another than this server's: mostly there is none. */
export function renderListed({ project, id, stack, kind, proven, fault }: ListedBackup, own: string): string {
  const line = `${project.padEnd(20)} ${id}  ${kind.padEnd(9)}  ${fault === null ? `proven ${proven}` : `NOT PROVEN: ${fault}`}`;
  return isOwn({ stack }, own) ? line : `${line}  (made by the stack ${shown(stack)})`;
}
