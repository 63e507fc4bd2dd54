// Which backups stay. Only proven ones count as kept: a week of failing proofs takes no good one away.
import { dropFromCatalog, isProven, manifests, note, restorable, writeStatus } from "./catalog.ts";
import { DAY, isClockDoubted } from "./clock.ts";
import { isEmpty, type Manifest } from "./manifest.ts";
import type { BackupProject, Keep } from "./project.ts";
import * as restic from "./restic.ts";
import type { Settings } from "./settings.ts";
import { isOwn } from "./whose.ts";

/**
 * Days that an unproven one stays, from when it was found to be so: what a damaged repository made of it may be mended, and it is whole again. And one
 * made before a restore, proven or not: a rollback may need it. Final ones that are proven, or ever were, never go by themselves.
 */
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
 * @param now undefined: the clock is not believed (clock.ts), and so nothing is old
 */
export function toForget(all: readonly Manifest[], outOfRule: ReadonlySet<string>, now: Date | undefined): string[] {
  const newestProven = all.find(isProven);
  if (newestProven === undefined) return [];
  // What a new server's nights make of empty projects takes away nothing that could be brought back, nor what was found broken and may be mended.
  const restored = restorable(all);
  const kept = [newestProven.id, restored?.id];
  const isOld = (since: string, days: number) => now !== undefined && now.getTime() - Date.parse(since) > days * DAY;
  const hasBetter = (manifest: Manifest) => restored !== undefined && manifest.id < restored.id && (!isEmpty(restored) || isEmpty(manifest));
  const goes = (manifest: Manifest): boolean => {
    if (kept.includes(manifest.id)) return false;
    const { id, kind, begun, proven, wasProven } = manifest;
    if (kind === "safety") return isOld(begun, KEPT_DAYS.safety);
    if (kind === "final" && (isProven(manifest) || wasProven)) return false;
    if (!isProven(manifest)) return isOld(proven ?? begun, KEPT_DAYS.unproven) && hasBetter(manifest);
    return outOfRule.has(id);
  };
  return all.filter(goes).map(({ id }) => id);
}

/**
 * The proofs that the rule is asked about, each by its tags: of what is proven as this server knows it. What was found broken without a proof, as where a part
 * of it is gone, has one in the repository that says otherwise, and takes no good one's place. Pure.
 */
export const underRule = (all: readonly Manifest[]): Partial<restic.Tags>[] =>
  all.filter((manifest) => isProven(manifest) && RULED.includes(manifest.kind)).map(({ project, id: backup }) => ({ project, backup, part: "proof" }));

/**
 * What the rule would not keep. A backup has two proofs where a kill kept the former from going: the one that is kept speaks for it. Pure.
 *
 * @param keep @param remove backups, by the proofs that restic would keep and not keep
 */
export const outOfRule = (keep: readonly string[], remove: readonly string[]): Set<string> => new Set(remove.filter((backup) => !keep.includes(backup)));

/**
 * Of what the repository has, that which a killed backup left: it is in no catalog, and its proof never ended. Pure.
 */
export function unfinished(snapshots: readonly restic.Snapshot[], all: readonly Manifest[]): string[] {
  const tagged = snapshots.map((snapshot) => ({ snapshot: snapshot.id, ...restic.readTags(snapshot) }));
  const finished = new Set([...all.map(({ id }) => id), ...tagged.flatMap(({ part, backup }) => (part === "proof" && backup !== undefined ? [backup] : []))]);
  return tagged.flatMap(({ snapshot, backup }) => (backup === undefined || finished.has(backup) ? [] : [snapshot]));
}

/**
 * The backups that another stack made of a project of this name. It restored from this repository, or this stack from its: each takes away its own,
 * and one's nights do not count as the other's. Pure.
 */
export function ofOthers(snapshots: readonly restic.Snapshot[], stack: string): Set<string> {
  const backups = (isOwn: boolean) => snapshots.filter(({ hostname }) => (hostname === stack) === isOwn).map((snapshot) => restic.readTags(snapshot).backup ?? "");
  const own = backups(true);
  return new Set(backups(false).filter((backup) => !own.includes(backup)));
}

/** @returns the backups that went */
export async function applyRetention({ stack }: Settings, { name, backups: { keep } }: BackupProject, say: (line: string) => void, now = new Date()): Promise<string[]> {
  const believed = (await isClockDoubted(say, now)) ? undefined : now;
  const all = await manifests(name);
  const ids = (snapshots: restic.Snapshot[]) => snapshots.map((snapshot) => restic.readTags(snapshot).backup ?? "");
  const inRepository = await restic.snapshots({ project: name });
  const others = ofOthers(inRepository, stack);
  const own = inRepository.filter(({ hostname }) => hostname === stack);
  // Nor does another's newest stand for this one's.
  const mine = all.filter((manifest) => isOwn(manifest, stack) && !others.has(manifest.id));
  const asked = underRule(mine);
  // Without any tag it would be asked about all that there is.
  const ruled = asked.length === 0 ? { keep: [], remove: [] } : await restic.sorted(stack, asked, renderRule(keep));
  const forgotten = toForget(mine, outOfRule(ids(ruled.keep), ids(ruled.remove)), believed);
  const goes = mine.filter(({ id }) => forgotten.includes(id));
  const left = unfinished(own, all);
  if (goes.length + left.length === 0) return [];
  say(`${name}: taking out of the repository what is not kept: ${goes.length} backups${left.length > 0 ? ", and what killed ones left" : ""}`);
  for (const manifest of goes) {
    // It counts no more before the first of it goes.
    await note({ ...manifest, level: 0, faults: ["it is not to be kept any longer, and is being deleted"] });
    await restic.forget(own.filter((snapshot) => restic.readTags(snapshot).backup === manifest.id).map(({ id }) => id));
    await dropFromCatalog(name, manifest.id);
  }
  await restic.forget(left);
  await restic.prune();
  await writeStatus();
  return goes.map(({ id }) => id);
}
