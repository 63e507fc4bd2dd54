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

/** What is to be said of one that a restore is from and nobody named: that it is another stack's. Undefined: nothing. Pure. */
export function saysWhose(chosen: Manifest, own: string): string | undefined {
  if (isOwn(chosen, own)) return undefined;
  return `backup ${chosen.id} was made by the stack "${shown(chosen.stack!)}", as "${own}" has none that is proven and has something in it`;
}
