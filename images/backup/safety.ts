// The backup of what a restore replaces: whether a rollback could bring it back. Asked before anything is replaced, and by the rollback itself.
import { isProven, notProven } from "./catalog.ts";
import type { Manifest } from "./manifest.ts";

/** As prove.ts says it of stored files that are in neither snapshot. */
const WITHOUT_FILE = /^(\d+) objects of Storage have no file in the backup\b/;

/**
 * How many stored files it lacks, where that is all that is wrong with it, and the project itself lacked them: perhaps the very reason for the restore.
 * With them missing, what was there is what comes back. Pure.
 */
export function missingAlready({ kind, level, faults, objects }: Manifest): number {
  const missing = Number(WITHOUT_FILE.exec(faults[0] ?? "")?.[1] ?? 0);
  return kind === "safety" && level === 2 && faults.length === 1 && missing <= objects.withoutFile ? missing : 0;
}

/** Whether all that was there comes back from it. Pure. */
export const canBeRestored = (manifest: Manifest): boolean => isProven(manifest) || missingAlready(manifest) > 0;

/** Undefined: it may be replaced. Pure. */
export const whyNotReplaced = (project: string, safety: Manifest): string | undefined =>
  canBeRestored(safety)
    ? undefined
    : `${project}: the backup of what is there now is not proven, so that is not replaced: ${notProven(safety)}. Mend that; or, if it need not be had back: --without-safety-backup`;
