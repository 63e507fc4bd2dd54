// What happens to each resource: the steps of a preview, those of one resource together.
import type { Preview, ResourceState, Step } from "./preview.ts";
import { parseUrn } from "./urn.ts";

export type Operation = "create" | "update" | "replace" | "delete" | "forget";

export interface Change {
  urn: string;
  /** `docker:index/container:Container` */
  type: string;
  /** Its name in the program: `blog-auth`. */
  name: string;
  /** Forgotten: it leaves the state, and stays on the server. */
  operation: Operation;
  /** Replaced, and the old one goes before the new one comes. */
  isDeletedFirst: boolean;
  /** Names of the inputs that differ; never what is in them. */
  properties: string[];
  before?: ResourceState;
  after?: ResourceState;
  /** The preview's own. */
  steps: Step[];
}

/** Looked at, or not touched. A resource that is only looked at belongs to no change. */
const IDLE = new Set(["same", "read", "read-replacement", "read-discard", "discard", "discard-replaced"]);

/** One for each resource that is not left as it is, in the preview's order. */
export function changes({ steps }: Preview): Change[] {
  const byUrn = new Map<string, Step[]>();
  for (const step of steps) if (isChange(step)) byUrn.set(step.urn, [...(byUrn.get(step.urn) ?? []), step]);
  return [...byUrn].map(([urn, own]) => change(urn, own));
}

/** A step that changes something. Protection alone comes as `same` (pulumi, backend/display/display.go, shouldShow). */
export const isChange = (step: Step): boolean => !IDLE.has(step.op) || (step.op === "same" && isUnprotected(step) !== isUnprotected(step, "newState"));

const isUnprotected = (step: Step, state: "oldState" | "newState" = "oldState"): boolean => !(stateOf(step, state)?.protect ?? false);

/** The recorded previews of the tests have one state of what stays the same. */
export const stateOf = (step: Step, state: "oldState" | "newState"): ResourceState | undefined =>
  step[state] ?? (step.op === "same" ? (step.newState ?? step.oldState) : undefined);

function change(urn: string, steps: Step[]): Change {
  const ops = steps.map(({ op }) => op);
  const { type, name } = parseUrn(urn);
  const before = steps.find(({ oldState }) => oldState)?.oldState;
  const after = steps.findLast(({ newState }) => newState)?.newState;
  return {
    urn,
    type,
    name,
    operation: operationOf(ops, before),
    isDeletedFirst: ops.includes("create-replacement") && ops.indexOf("delete-replaced") >= 0 && ops.indexOf("delete-replaced") < ops.indexOf("create-replacement"),
    properties: propertiesOf(steps),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    steps,
  };
}

function operationOf(ops: string[], before: ResourceState | undefined): Operation {
  if (ops.some((op) => op === "replace" || op.endsWith("-replacement"))) return "replace";
  // With `delete-replaced` alone: the old one of a replacement that an earlier update did not end.
  if (ops.some((op) => op.startsWith("delete") || op === "remove-pending-replace")) return before?.retainOnDelete ? "forget" : "delete";
  return ops.some((op) => op === "create" || op === "import") ? "create" : "update";
}

function propertiesOf(steps: Step[]): string[] {
  const paths = steps.flatMap(({ detailedDiff, diffReasons, replaceReasons }) => [...Object.keys(detailedDiff ?? {}), ...(diffReasons ?? []), ...(replaceReasons ?? [])]);
  const protection = steps.some(({ op }) => op === "same") ? ["protect"] : [];
  return [...new Set([...paths.map((path) => /^[^.[]*/.exec(path)![0]), ...protection])].sort();
}
