// Which backups stay. Only proven ones count as kept: a week of failing proofs takes no good one away.
import { dropFromCatalog, isProven, manifests, restorable, writeStatus } from "./catalog.ts";
import { type Manifest, PROVEN } from "./manifest.ts";
import type { Keep } from "./project.ts";
import * as restic from "./restic.ts";

const DAY = 24 * 60 * 60 * 1000;
/** Days that an unproven one, and one made before a restore, stay. Final ones never go by themselves. */
const KEPT_DAYS = { unproven: 7, safety: 30 };

/** What the rule is for. */
const RULED = ["scheduled", "manual"];

/** restic's own words for the rule. */
export const renderRule = ({ daily, weekly, monthly }: Keep): string[] =>
  // The newest stays whatever the numbers say.
  ["--keep-last=1", `--keep-daily=${daily}`, `--keep-weekly=${weekly}`, `--keep-monthly=${monthly}`];

/**
 * The backups that go. Pure.
 *
 * @param all the newest first
 * @param outOfRule what the rule would not keep of the proven ones that were made by schedule or by hand
 */
export function toForget(all: readonly Manifest[], outOfRule: ReadonlySet<string>, now: Date): string[] {
  const newestProven = all.find(isProven);
  if (newestProven === undefined) return [];
  // What a new server's nights make of empty projects takes away nothing that could be brought back.
  const kept = [newestProven.id, restorable(all)?.id];
  const isOld = ({ begun }: Manifest, days: number) => now.getTime() - Date.parse(begun) > days * DAY;
  const goes = (manifest: Manifest): boolean => {
    if (kept.includes(manifest.id) || manifest.kind === "final") return false;
    if (!isProven(manifest)) return isOld(manifest, KEPT_DAYS.unproven) && manifest.id < newestProven.id;
    return manifest.kind === "safety" ? isOld(manifest, KEPT_DAYS.safety) : outOfRule.has(manifest.id);
  };
  return all.filter(goes).map(({ id }) => id);
}

/** @returns the backups that went */
export async function applyRetention(project: string, keep: Keep, now = new Date()): Promise<string[]> {
  const all = await manifests(project);
  const lists = RULED.map((kind) => ({ project, part: "proof" as const, level: PROVEN, kind }));
  const outOfRule = (await restic.notKept(lists, renderRule(keep))).map((snapshot) => restic.readTags(snapshot).backup ?? "");
  const goes = toForget(all, new Set(outOfRule), now);
  for (const backup of goes) {
    await restic.forget((await restic.snapshots({ project, backup })).map(({ id }) => id));
    await dropFromCatalog(project, backup);
  }
  if (goes.length > 0) {
    await restic.prune();
    await writeStatus();
  }
  return goes;
}
