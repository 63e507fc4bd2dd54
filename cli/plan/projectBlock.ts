// One project: what becomes of it, and what is noticed.
import { listed } from "../../components/migrations/words.ts";
import { projectMemory } from "../../spec/capacity.ts";
import type { Project } from "../../spec/project.ts";
import type { ProjectBefore } from "./before.ts";
import type { Change } from "./changes.ts";
import type { Block, Notice } from "./model.ts";
import { plural } from "./words.ts";

export interface ProjectView {
  name: string;
  /** @default it is new */
  before?: ProjectBefore;
  /** As the file has it. @default it goes */
  after?: Project;
  /** Its address by the file. */
  url?: string;
  /** Resources of it that change. */
  changes: Change[];
  /** All that was left of it are its backups. */
  isPurged: boolean;
  /** Who has a domain after the update. */
  ownerOfDomain: (domain: string) => string | undefined;
}

type Said = Pick<Block, "what" | "says">;

const says = (what: Block["what"], words: string = what): Said => ({ what, says: words });

export function whatBecomes({ before, after, isPurged }: ProjectView): Said {
  if (after === undefined) return isPurged ? says("forgotten", "forgotten: it was purged, and its backups are all that is left") : says("removed");
  if (before === undefined) return says("added", `added, ${after.architecture}${after.state === "present" ? "" : `, ${after.state}`}`);
  if (before.state !== after.state) {
    if (after.state === "suspended") return says("suspended");
    if (after.state === "removed") return says("taken away", "taken away (state: removed)");
    return says("brought back", `brought back, it was ${before.state}`);
  }
  if (before.architecture !== after.architecture) return says("moved", `moves from ${before.architecture} to ${after.architecture}`);
  return says("changed");
}

/** MB at most, where it is another number than before. */
export function memoryOf({ before, after }: ProjectView): Block["memory"] {
  const [now, then] = [before, after].map((project) => (project?.state === "present" ? projectMemory(project) : 0)) as [number, number];
  return now === then ? undefined : { before: now, after: then };
}

/** What is noticed of the project as a whole; of its resources one by one: notices.ts. */
export function projectNotices(view: ProjectView): Notice[] {
  const { before, after } = view;
  if (before === undefined) return migrationNotices(view);
  if (after === undefined) return view.isPurged ? [] : [{ kind: "data removed", what: "files" }, noticed("its address answers 404; its backups stay")];
  return [
    ...stateNotices(before, after),
    ...purgeNotices(view, before, after),
    ...keepNotices(before, after),
    ...addressNotices(view, before, after),
    ...keyNotices(view),
    ...realtimeNotices(view, before, after),
    ...studioNotices(before, after),
    ...moveNotices(before, after),
    ...migrationNotices(view),
  ];
}

const noticed = (what: string): Notice => ({ kind: "noticed", what });

function stateNotices(before: ProjectBefore, after: Project): Notice[] {
  if (before.state === after.state) return [];
  if (after.state === "present") return [noticed("its address answers again, with the same keys")];
  if (after.state === "suspended") return [noticed("its address answers 503; data, keys and address stay")];
  return [noticed("its address answers 410 and nobody can log in; a last backup is made and proven"), goesAfter(after)];
}

const goesAfter = ({ purgeAfterDays }: Project): Notice => ({
  kind: "data removed",
  what: "database and files, by itself; until then state: present brings it back",
  afterDays: purgeAfterDays,
});

/** Of one that is taken away already: the days count from its last backup, so that fewer of them may be over (images/backup/removal.ts). */
function purgeNotices({ name: project, changes, isPurged }: ProjectView, before: ProjectBefore, after: Project): Notice[] {
  const isTold = changes.some(({ name, operation }) => name === `${project}-backup` && operation !== "delete");
  if (isPurged || !isTold || before.state !== "removed" || after.state !== "removed") return [];
  const { purgeAfterDays: days } = before;
  if (days === undefined || after.purgeAfterDays < days) return [goesAfter(after)];
  return after.purgeAfterDays === days ? [] : [noticed(`its data goes ${plural(after.purgeAfterDays, "day")} after its last backup, no longer ${days}`)];
}

/** What the rule keeps no more goes with the next backup; of one that is removed there is none (images/backup/retention.ts). */
function keepNotices({ keep: was }: ProjectBefore, { state, backups: { keep } }: Project): Notice[] {
  if (state === "removed" || was === undefined || (["daily", "weekly", "monthly"] as const).every((each) => keep[each] >= was[each])) return [];
  const words = ({ daily, weekly, monthly }: typeof keep) => `${daily} daily, ${weekly} weekly, ${monthly} monthly`;
  return [noticed(`fewer of its backups are kept: ${words(keep)}; it was ${words(was)}`)];
}

function addressNotices({ url, ownerOfDomain }: ProjectView, before: ProjectBefore, after: Project): Notice[] {
  const gone = before.domains.filter((domain) => !after.domains.includes(domain));
  const come = after.domains.filter((domain) => !before.domains.includes(domain));
  return [
    ...(url !== undefined && before.url !== undefined && before.url !== url ? [noticed(`its address is ${url}, no longer ${before.url}`)] : []),
    ...come.map((domain) => noticed(`${domain} leads to it`)),
    ...gone.map((domain) => noticed(ownerOfDomain(domain) === undefined ? `${domain} answers 404` : `${domain} leads to ${ownerOfDomain(domain)}`)),
  ];
}

/** By the files that wait, which is what the resource was told (components/migrations); of what contradicts the database there is a warning. */
function migrationNotices({ changes }: ProjectView): Notice[] {
  const files = changes.filter(({ name }) => name.endsWith("-migrations")).flatMap(({ after }) => after?.inputs?.environment?.PENDING?.split("\n") ?? []);
  const pending = files.filter((file) => file !== "");
  return pending.length === 0 ? [] : [noticed(`${plural(pending.length, "migration")} ${pending.length === 1 ? "is" : "are"} applied: ${listed(pending)}`)];
}

/** Roles' passwords follow from the seed and the generation alone (components/projectKeys.ts). */
function keyNotices({ changes }: ProjectView): Notice[] {
  const isRotated = changes.some(({ type, operation, properties }) => type === "postgresql:index/role:Role" && operation === "update" && properties.includes("password"));
  return isRotated ? [noticed("all its keys and passwords of before are void at once: apps need the new ones, users sign in again")] : [];
}

/** It is a tenant of another Realtime, or of none. */
function realtimeNotices({ changes }: ProjectView, before: ProjectBefore, after: Project): Notice[] {
  if (before.state !== "present" || after.state !== "present" || before.services.realtime === "off") return [];
  if (after.services.realtime === "off") return [noticed("its Realtime ends, and its websockets with it")];
  const isMoved = changes.some(({ name, operation }) => name.endsWith("-realtime-tenant") && operation !== "update");
  return isMoved
    ? [{ kind: "interrupted", what: "Realtime", why: "its websockets end, and clients connect anew" }]
    : [];
}

/** Its host answers 404 then, and so does `/pg/`, for postgres-meta runs where a Studio does. */
const studioNotices = (before: ProjectBefore, after: Project): Notice[] =>
  before.state === "present" && after.state === "present" && before.services.studio && !after.services.studio ? [noticed("its Studio ends: its address, and /pg/, answer 404")] : [];

/** docs/architectures.md: the plane's Storage signs with a key of its own. */
const moveNotices = (before: ProjectBefore, after: Project): Notice[] =>
  before.state === "present" && after.state === "present" && before.architecture === "shared" && after.architecture === "isolated"
    ? [noticed("signed URLs of files that were made until then end; make them anew")]
    : [];
