// Previews as short as a test wants them.
import type { Preview, ResourceState, Step } from "../../../../cli/plan/preview.ts";

const START = "urn:pulumi:prod::indie-ventures::";
const COMPONENT = "indie-ventures:index:";
export const STACK = `${START}pulumi:pulumi:Stack::indie-ventures-prod`;
export const CONTAINER = "docker:index/container:Container";
export const COMMAND = "command:local:Command";
export const DATABASE = "postgresql:index/database:Database";
export const ROLE = "postgresql:index/role:Role";
export const VOLUME = "docker:index/volume:Volume";

/** `urn("SupabaseProject blog", "ProjectKeys blog", "pulumi:index:Stash blog-seed")`: a resource in its components. */
export function urn(...path: string[]): string {
  const types = path.map((word) => word.split(" ")[0]!).map((type) => (type.includes(":") ? type : COMPONENT + type));
  return `${START}${types.join("$")}::${path.at(-1)!.split(" ")[1]}`;
}

/** One step, and its components as they are. */
export function steps(path: string[], ops: string | string[], states: { oldState?: ResourceState; newState?: ResourceState; diffReasons?: string[] } = {}): Step[] {
  const parents = path.slice(0, -1).map((_, index): Step => ({ op: "same", urn: urn(...path.slice(0, index + 1)), newState: { parent: parentOf(path.slice(0, index + 1)) } }));
  const parent = parentOf(path);
  const has = (op: string) => ({ ...(op === "create" ? {} : { oldState: { parent, ...states.oldState } }), ...(op === "delete" ? {} : { newState: { parent, ...states.newState } }) });
  return [...parents, ...[ops].flat().map((op): Step => ({ op, urn: urn(...path), ...has(op), ...(states.diffReasons === undefined ? {} : { diffReasons: states.diffReasons }) }))];
}

const parentOf = (path: string[]): string => (path.length === 1 ? STACK : urn(...path.slice(0, -1)));

export const CREATE_FIRST = ["create-replacement", "replace", "delete-replaced"];
export const DELETE_FIRST = ["delete-replaced", "replace", "create-replacement"];

export const preview = (...all: Step[][]): Preview => ({ config: {}, steps: all.flat(), diagnostics: [] });
