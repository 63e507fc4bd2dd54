import { isAlias, isMap, isScalar, isSeq, type Pair, type YAMLMap } from "yaml";
import { isFields } from "../../../spec/complete.ts";
import { valueAt } from "../../../spec/explain.ts";
import { pairOf } from "../../../spec/nodes.ts";
import type { Project } from "../../../spec/project.ts";
import { DEFAULTS } from "../../../spec/schema.ts";
import { edit, projectsOf, type Tree } from "./edit.ts";
import { blockField, flowField } from "./entry.ts";
import { contentEnd, indentOf, isJson, type Layout } from "./layout.ts";
import type { Splice } from "./splice.ts";

/**
 * Another `state` of a project. One that it has already changes nothing.
 *
 * @param name of a project that is in the file
 * @throws as `edit`
 */
export const setState = (text: string, file: string, name: string, state: Project["state"]): string =>
  edit(text, file, {
    splices: (tree) => splices(tree, name, state),
    wanted: (value) => withState(value, name, state),
    byHand: { projects: [{ name, state }] },
  });

const stateOf = (project: unknown): unknown => valueAt(project, ["state"]) ?? DEFAULTS.state;

function withState(value: unknown, name: string, state: Project["state"]): unknown {
  const change = (project: unknown) =>
    valueAt(project, ["name"]) === name && stateOf(project) !== state ? { ...(project as object), state } : project;
  return isFields(value) ? { ...value, projects: projectsOf(value).map(change) } : undefined;
}

function splices({ layout, value, root }: Tree, name: string, state: Project["state"]): Splice[] | undefined {
  const projects: unknown = root === undefined ? undefined : pairOf(root, "projects")?.value;
  if (!isSeq(projects)) return undefined;
  const index = projectsOf(value).findIndex((project) => valueAt(project, ["name"]) === name);
  const entry = projects.items[index];
  if (!isMap(entry)) return undefined;
  if (stateOf(valueAt(value, ["projects", index])) === state) return [];
  const written = pairOf(entry, "state");
  if (written !== undefined) return inPlaceOf(written, state);
  // At the top, where whoever reads the entry sees it.
  const beside = pairOf(entry, "architecture") ?? pairOf(entry, "name");
  return beside === undefined ? undefined : behind(layout, entry, beside, state);
}

function inPlaceOf({ value }: Pair, state: string): Splice[] | undefined {
  const end = contentEnd(value);
  const isBlockScalar = isScalar(value) && value.type?.startsWith("BLOCK");
  if (!(isScalar(value) || isAlias(value)) || end === undefined || isBlockScalar) return undefined;
  return [{ start: value.range![0], end, text: isScalar(value) && value.type === "QUOTE_DOUBLE" ? JSON.stringify(state) : state }];
}

function behind(layout: Layout, entry: YAMLMap, beside: Pair, state: string): Splice[] | undefined {
  const end = contentEnd(beside);
  if (end === undefined) return undefined;
  if (entry.flow === true) {
    return [{ start: end, end, text: `, ${flowField("state", state, isJson(beside))}` }];
  }
  const at = layout.lineEnd(end);
  return [{ start: at, end: at, text: layout.insertLines(at, [" ".repeat(indentOf(entry)) + blockField("state", state)]) }];
}
