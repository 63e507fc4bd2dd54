// From a preview to what it means for each project. Pure.
import { maxConnections, serverConnections, serverMemory } from "../../spec/capacity.ts";
import type { Project } from "../../spec/project.ts";
import { running } from "../../spec/services.ts";
import type { StackConfig } from "../../spec/stackConfig.ts";
import { hasTls } from "../../spec/tls.ts";
import { type Addresses, projectUrl } from "../../spec/url.ts";
import { type Before, type ProjectBefore, readBefore } from "./before.ts";
import { type Change, changes } from "./changes.ts";
import type { Block, Notice, Plan } from "./model.ts";
import { type Effect, effectsOf, type Reach } from "./notices.ts";
import { Owners, type Part, PARTS } from "./owners.ts";
import type { Preview } from "./preview.ts";
import { memoryOf, projectNotices, type ProjectView, whatBecomes } from "./projectBlock.ts";
import { thingsOf } from "./things.ts";

export interface PlanArgs {
  stack: string;
  preview: Preview;
  /** As the file and the settings are now. */
  spec: { stack: Addresses & Pick<StackConfig, "gateway">; projects: Project[] };
  /** MB that the server has. @default unknown */
  memory?: number;
  /** Projects of which nothing but backups is left. */
  purged: readonly string[];
}

export function makePlan(args: PlanArgs): Plan {
  const { stack, preview, purged } = args;
  const owners = new Owners(preview);
  const before = readBefore(preview, owners);
  const after = args.spec.projects.filter(({ name }) => !purged.includes(name));
  const changed = changes(preview);
  const parts = PARTS.map((part) => partBlock(part, changed, owners, { before, after })).filter((block) => block !== undefined);
  const names = [...new Set([...after, ...before.projects].map(({ name }) => name))];
  const projects = names.map((name) => projectBlock(viewOf(name, args, { before, after, changed, owners }), owners, parts));
  const untouched = projects.filter(({ steps }) => steps.length === 0).map(({ name }) => name);
  const blocks = [...parts, ...projects.filter(({ steps }) => steps.length > 0)];
  return {
    stack,
    failed: false,
    dataRemoved: blocks.filter(({ noticed }) => noticed.some(({ kind }) => kind === "data removed")).map(({ name }) => name),
    blocks,
    untouched,
    untouchedInterruptedBy: interruptersOf(untouched, parts),
    capacity: capacityOf(args, before, after),
    ...messagesOf(preview),
  };
}

/** Of a preview that failed: its words, as they are. */
export const failedPlan = (stack: string, preview: Preview): Plan => ({
  stack,
  failed: true,
  dataRemoved: [],
  blocks: [],
  untouched: [],
  untouchedInterruptedBy: [],
  ...messagesOf(preview),
});

/** The engine's word about itself, with a path of this machine: no news of the projects. */
const OWN_NEWS = /^using pulumi-\S+ from \$PATH at /;

function messagesOf({ diagnostics }: Preview): Pick<Plan, "warnings" | "errors"> {
  const of = (word: string) => {
    const texts = diagnostics.filter(({ severity }) => severity === word).map(({ message }) => message.trim().replace(`${word}: `, ""));
    return [...new Set(texts)].filter((text) => text !== "" && !OWN_NEWS.test(text));
  };
  return { warnings: of("warning"), errors: of("error") };
}

interface Sides {
  before: Before;
  after: Project[];
}

function viewOf(name: string, { spec, purged }: PlanArgs, { before, after, changed, owners }: Sides & { changed: Change[]; owners: Owners }): ProjectView {
  const project = after.find((each) => each.name === name);
  const was = before.projects.find((each) => each.name === name);
  const own = changed.filter(({ urn }) => isOf(owners, urn, name));
  return {
    name,
    ...(was === undefined ? {} : { before: was }),
    ...(project === undefined ? {} : { after: project, url: projectUrl(name, spec.stack) }),
    changes: own,
    // A database that is protected is forgotten after its purge alone (components/removedProjects.ts).
    isPurged: purged.includes(name) || own.some(({ operation }) => operation === "forget"),
    ownerOfDomain: (domain) => after.find(({ domains }) => domains.includes(domain))?.name,
  };
}

function isOf(owners: Owners, urn: string, name: string): boolean {
  const owner = owners.of(urn);
  return "project" in owner && owner.project === name;
}

function projectBlock(view: ProjectView, owners: Owners, parts: Block[]): Block {
  const { name, before, after, changes: own } = view;
  // Nobody notices what becomes of one that does not run: only what is lost. That a removed one's data is protected no longer is part of it.
  const isServed = before?.state === "present" && after?.state === "present";
  const told = [...(view.isPurged ? [] : ["data removed"]), ...(isServed ? ["interrupted"] : []), ...(after?.state === "removed" ? [] : ["noticed"])];
  const effects = own.flatMap((change) => effectsOf(change, owners.components(change.urn))).filter(({ kind }) => told.includes(kind));
  const memory = memoryOf(view);
  return {
    kind: "project",
    name,
    ...whatBecomes(view),
    noticed: merged([...effects.map(withoutReach), ...projectNotices(view)]),
    interruptedBy: interruptersOf([name], parts),
    ...(memory === undefined ? {} : { memory }),
    things: thingsOf(own, name),
    steps: own.flatMap(stepsOf),
  };
}

function partBlock(part: Part, changed: Change[], owners: Owners, sides: Sides): Block | undefined {
  const own = changed.filter(({ urn }) => {
    const owner = owners.of(urn);
    return "part" in owner && owner.part === part;
  });
  if (own.length === 0) return undefined;
  const effects = own.flatMap((change) => effectsOf(change, owners.components(change.urn)));
  const what = own.every(({ operation }) => operation === "create") ? "added" : "changed";
  return {
    kind: "part",
    name: part,
    what,
    says: what,
    noticed: merged(effects.flatMap((effect) => reached(effect, sides))),
    interruptedBy: [],
    things: thingsOf(own),
    steps: own.flatMap(stepsOf),
  };
}

const withoutReach = ({ reach: _, ...notice }: Effect): Notice => notice as Notice;

/** With the projects that notice it, in the file's order; where there is none, nobody does. */
function reached(effect: Effect, { before, after }: Sides): Notice[] {
  if (effect.kind !== "interrupted") return [withoutReach(effect)];
  const was = new Map(running(before.projects).map((project) => [project.name, project]));
  const projects = running(after).flatMap(({ name }) => (was.has(name) && isReached(was.get(name)!, effect.reach) ? [name] : []));
  return projects.length === 0 ? [] : [{ ...withoutReach(effect), projects } as Notice];
}

const isReached = ({ services }: ProjectBefore, reach: Reach | undefined): boolean => reach !== "the plane's Realtime" || services.realtime === "shared";

/** The parts whose interruption one of the projects notices. */
const interruptersOf = (names: string[], parts: Block[]): string[] =>
  parts.filter(({ noticed }) => noticed.some((notice) => notice.kind === "interrupted" && notice.projects?.some((name) => names.includes(name)))).map(({ name }) => name);

/** Data that is removed in one line, and everything once. */
function merged(notices: Notice[]): Notice[] {
  const isLostNow = (notice: Notice) => notice.kind === "data removed" && notice.afterDays === undefined;
  const data = notices.filter(isLostNow).map(({ what }) => what);
  const others = notices.filter((notice) => !isLostNow(notice));
  const distinct = [...new Map(others.map((notice) => [JSON.stringify(notice), notice])).values()];
  return [...(data.length === 0 ? [] : [{ kind: "data removed" as const, what: [...new Set(data)].join(", ") }]), ...distinct];
}

const stepsOf = ({ steps, properties }: Change): Block["steps"] => steps.map(({ op, urn }) => ({ op, urn, properties }));

function capacityOf({ spec, memory }: PlanArgs, before: Before, after: Project[]): NonNullable<Plan["capacity"]> {
  const isNew = before.maxConnections === undefined;
  return {
    memory: {
      before: isNew ? 0 : serverMemory(running(before.projects), before.gateway, before.hasTls),
      after: serverMemory(running(after), spec.stack.gateway, hasTls(spec.stack)),
      ...(memory === undefined ? {} : { has: memory }),
    },
    connections: {
      before: isNew ? 0 : serverConnections(before.projects),
      after: serverConnections(after),
      ...(isNew ? {} : { maxBefore: before.maxConnections }),
      maxAfter: maxConnections(after),
    },
  };
}
