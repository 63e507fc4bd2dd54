// Whose a backup is: several stacks may have one repository, as when `staging` restores what `prod` made.
import { isEmpty, type Manifest } from "./manifest.ts";
import { readTags, type Snapshot } from "./restic.ts";
import { shown } from "./stop.ts";

/** One that does not say it is of this server's own catalog, and nothing of it is in the repository any more. Pure. */
export const isOwn = ({ stack }: Pick<Manifest, "stack">, own: string): boolean => stack === undefined || stack === own;

/**
 * The stack that made it. An earlier version did not note that: restic did, with each snapshot. Of its proof that is who proved it last, so the
 * snapshot of the backup itself goes before it. Undefined: nothing of it is there. Pure.
 */
export function madeBy({ project, id, trees, stack }: Manifest, snapshots: readonly Snapshot[]): string | undefined {
  if (stack !== undefined) return stack;
  const named = snapshots.map((snapshot) => ({ ...snapshot, of: readTags(snapshot) })).filter(({ of }) => of.project === project && of.backup === id);
  const set = named.find(({ of, tree }) => of.part === "set" && tree === trees?.set);
  return (set ?? named.findLast(({ of }) => of.part === "proof"))?.hostname;
}

/** Which of two manifests of one name is the backup's: this stack's own, as two may begin in one second; then the one that was proven later. Pure. */
export function speaksBefore(one: Manifest, other: Manifest, own: string): boolean {
  if (isOwn(one, own) !== isOwn(other, own)) return isOwn(one, own);
  return (one.proven ?? "") > (other.proven ?? "");
}

/**
 * The newest of this stack's own that is like that; another stack's only where there is none, or where that one is of an empty project and the other's
 * is not: a new server's schedule may have made it. Whatever else another stack made since, this one is not restored from it without being asked. Pure.
 *
 * @param choose takes one of a list, the newest first
 */
export function ownFirst(all: readonly Manifest[], own: string, choose: (some: readonly Manifest[]) => Manifest | undefined): Manifest | undefined {
  const ours = choose(all.filter((manifest) => isOwn(manifest, own)));
  if (ours !== undefined && !isEmpty(ours)) return ours;
  const any = choose(all);
  return any === undefined || isEmpty(any) ? (ours ?? any) : any;
}

/**
 * Two that a restore could mean, where nobody names one: what this server made itself since it first read the repository, perhaps in the night before
 * its data was to be brought back; and what was there then. Undefined: it is clear. Pure.
 *
 * @param found the newest that was there then, of a project that was not restored here since
 */
export function twoMeant(all: readonly Manifest[], own: string, found: string | undefined, choose: (some: readonly Manifest[]) => Manifest | undefined): { before: Manifest; since: Manifest } | undefined {
  if (found === undefined) return undefined;
  const since = ownFirst(all, own, choose);
  const before = ownFirst(all.filter(({ id }) => id <= found), own, choose);
  if (since === undefined || before === undefined || since.id <= found || !isOwn(since, own) || isEmpty(before)) return undefined;
  return { before, since };
}

/** What is to be said of one that a restore is from and nobody named: that it is another stack's. Undefined: nothing. Pure. */
export function saysWhose(chosen: Manifest, own: string): string | undefined {
  if (isOwn(chosen, own)) return undefined;
  return `backup ${chosen.id} was made by the stack "${shown(chosen.stack!)}", as "${own}" has none that is proven and has something in it`;
}
