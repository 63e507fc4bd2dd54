// The sentences of a plan, the same in text and in markdown.
import type { Block, Notice, Plan, Things } from "./model.ts";

const PARTS: Record<string, string> = {
  server: "The server",
  postgres: "Postgres",
  certificates: "Certificates",
  edge: "The edge (nginx)",
  plane: "The plane (what shared projects use together)",
  backups: "Backups",
};

/** How a part is called inside a sentence. */
const partWord = (name: string): string => (name === "postgres" ? "Postgres" : name === "backups" || name === "certificates" ? name : `the ${name}`);

export const title = ({ kind, name }: Block): string => (kind === "project" ? name : (PARTS[name] ?? name));

export const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;

/** `2 projects: 1 added, 1 untouched. No data is removed.` */
export function headline({ blocks, untouched }: Plan): string {
  const whats = blocks.filter(({ kind }) => kind === "project").map(({ what }) => what);
  const counts = [...new Set(whats)].map((what) => `${whats.filter((each) => each === what).length} ${what}`);
  const all = [...counts, ...(untouched.length === 0 ? [] : [`${untouched.length} untouched`])].join(", ");
  const parts = blocks.filter(({ kind }) => kind === "part").map(({ name }) => partWord(name));
  const shared = parts.length === 0 ? "" : ` Changes of what all use: ${parts.join(", ")}.`;
  return `${plural(whats.length + untouched.length, "project")}${all === "" ? "" : `: ${all}`}.${shared} ${dataLine(blocks)}`;
}

function dataLine(blocks: Block[]): string {
  const when = (days: number | undefined) => (days === undefined ? "" : ` (after ${plural(days, "day")})`);
  const lossy = blocks.flatMap((block) =>
    block.noticed.filter((notice) => notice.kind === "data removed").map(({ afterDays }) => `${title(block)}${when(afterDays)}`),
  );
  return lossy.length === 0 ? "No data is removed." : `DATA IS REMOVED: ${lossy.join(", ")}.`;
}

/** What is noticed of a block, a line each. */
export function noticedLines(block: Block): string[] {
  const others = block.interruptedBy.map(partWord).join(" and ");
  if (block.noticed.length > 0) return [...block.noticed.map(noticeLine), ...(others === "" ? [] : [`and what ${others} ${others.includes(" and ") ? "do" : "does"}`])];
  return [others === "" ? "nothing noticed" : `nothing noticed but for ${others}`];
}

export function noticeLine(notice: Notice): string {
  if (notice.kind === "noticed") return notice.what;
  if (notice.kind === "data removed") return `data removed${notice.afterDays === undefined ? "" : ` after ${plural(notice.afterDays, "day")}`}: ${notice.what}`;
  const whose = notice.projects === undefined ? "" : ` of ${notice.projects.join(", ")}`;
  return `${notice.seconds === undefined ? "for some seconds" : `~${notice.seconds} s`} for ${notice.what}${whose}: ${notice.why}`;
}

export const thingLines = (things: Things): string[] =>
  (["added", "replaced", "changed", "removed"] as const).flatMap((list) => (things[list].length === 0 ? [] : [`${list}: ${things[list].join(", ")}`]));

export function untouchedLine({ untouched, untouchedInterruptedBy }: Plan): string | undefined {
  if (untouched.length === 0) return undefined;
  const but = untouchedInterruptedBy.length === 0 ? "" : `, but for what ${untouchedInterruptedBy.map(partWord).join(" and ")} interrupts`;
  return `Untouched: ${untouched.join(", ")}${but}.`;
}

const change = ({ before, after }: { before: number; after: number }): string => (before === after ? `${after}` : `${before} → ${after}`);

export function capacityLine({ capacity }: Plan): string | undefined {
  if (capacity === undefined) return undefined;
  const { memory, connections } = capacity;
  const { before, after, maxBefore, maxAfter } = connections;
  const isOtherMax = maxBefore !== undefined && maxBefore !== maxAfter;
  const used = isOtherMax ? `${before} of ${maxBefore} → ${after} of ${maxAfter}` : `${change(connections)} of ${maxAfter}`;
  return `memory ${change(memory)} MB${memory.has === undefined ? "" : ` of ${memory.has}`}, connections to Postgres ${used}`;
}

/** What violates a policy, each in words of more than one line. */
export const policyWords = ({ policies = [] }: Plan): string[] =>
  policies.map(({ policy, level, resource, message }) => `${policy} (${level})${resource === undefined ? "" : `, ${resource}`}: ${message}`);

/** Undefined where none was asked, and where some are violated. */
export const policiesLine = ({ policies }: Plan): string | undefined => (policies?.length === 0 ? "Policies: none is violated." : undefined);

/** Behind what becomes of a block. */
export const memoryWords = ({ memory }: Block): string => (memory === undefined ? "" : ` (memory ${change(memory)} MB)`);

/** `update postgresql:index/role:Role::blog-owner [password]` */
export const stepLine = ({ op, urn, properties }: Block["steps"][number]): string =>
  `${op.padEnd(18)} ${urn.split("::").slice(2).join("::")}${properties.length === 0 ? "" : ` [${properties.join(", ")}]`}`;
