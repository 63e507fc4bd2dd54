// An edit of projects.yaml, text to text. Everything outside the change stays to the last byte: comments, order, quotes, line ends.
import { isDeepStrictEqual } from "node:util";
import { isMap, parseDocument, stringify, type YAMLMap } from "yaml";
import { SourceFile } from "../../../spec/document.ts";
import { valueAt } from "../../../spec/explain.ts";
import { Stop } from "../../report.ts";
import { Layout } from "./layout.ts";
import { applySplices, type Splice } from "./splice.ts";

/** The file, as an edit sees it. */
export interface Tree {
  layout: Layout;
  /** What it says. */
  value: unknown;
  /** Its fields; undefined where nothing is written yet. */
  root: YAMLMap | undefined;
}

/** One change: where it is written, and what the file then says. */
export interface Change {
  /** Undefined where the file is written in a way that this edit does not know. */
  splices: (tree: Tree) => Splice[] | undefined;
  /** What the file says now → what it says then. */
  wanted: (value: unknown) => unknown;
  /** The same by hand: what is to be written, as a value. */
  byHand: unknown;
}

/**
 * @param file the file's name, for the words
 * @throws SpecError where the text is not YAML; Stop, with what to write by hand, where the change can not be made without touching
 *   anything else
 */
export function edit(text: string, file: string, { splices, wanted, byHand }: Change): string {
  const before = new SourceFile(text, file);
  const start = text.startsWith("\ufeff") ? "\ufeff" : "";
  const content = text.slice(start.length);
  const { contents } = parseDocument(content, { prettyErrors: false, stringKeys: true, uniqueKeys: false, keepSourceTokens: true });
  const root = isMap(contents) ? contents : undefined;
  const isPlain = root !== undefined || before.value === null;
  const found = isPlain ? splices({ layout: new Layout(content), value: before.value, root }) : undefined;
  const edited = found === undefined ? undefined : start + applySplices(content, found);
  if (edited === undefined || !says(edited, file, wanted(before.value)))
    throw new Stop(
      `${file} is written in a way that this command does not edit. Nothing was changed. Write it there by hand:\n${stringify(byHand).trimEnd()}`,
    );
  return edited;
}

/** The proof of every edit: what was written is read again. */
function says(text: string, file: string, wanted: unknown): boolean {
  try {
    return isDeepStrictEqual(new SourceFile(text, file).value, wanted);
  } catch {
    return false;
  }
}

/** What is written below `projects`. */
export function projectsOf(value: unknown): unknown[] {
  const projects = valueAt(value, ["projects"]);
  return Array.isArray(projects) ? projects : [];
}
