// What is said to who wants a project back that is being purged, or was: by Pulumi's program before anything is changed, and by the container.
import { stackOption, upCommand } from "./stackOption.ts";

const WAY_BACK = 'with its old keys and its data: docs/backups.md, "A project that was purged".';

/** Undefined: it can come back by a word. @param phase of its removal (removal.ts) */
export function whyNotBack(name: string, phase: string | undefined, stack: string): string | undefined {
  if (phase === "purged")
    return `"${name}" was purged: its data is in its backups alone. Nothing was changed.
Delete the entry and run \`${upCommand(stack)}\`; then, ${WAY_BACK}`;
  if (phase === "purging")
    return `"${name}" is being purged: its database and its files are being deleted, and some may be gone. Nothing was changed.
Write state: removed again and let the purge end, by itself or now: npm run indie -- purge ${name}${stackOption(stack)}
Then, ${WAY_BACK}`;
  return undefined;
}
