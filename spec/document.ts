// A YAML text as plain values, with the place of each in the text, and with every trap of YAML as a mistake.
import { type Document, isAlias, isMap, isSeq, LineCounter, parseDocument } from "yaml";
import { SpecError } from "./error.ts";
import { child, holds, pairOf, startOf, textOf } from "./nodes.ts";
import { type Mistake, type Position, renderReport } from "./report.ts";
import { unreadable, syntaxMistakes } from "./yamlMistakes.ts";
import { findTraps } from "./yamlTraps.ts";

export type Path = readonly (string | number)[];

/** An anchor may be used so many times: far more than a server has projects, far less than what explodes. */
const MAX_ALIASES = 10_000;

export class SourceFile {
  readonly file: string;
  /** What is written, as YAML 1.2's core schema reads it. */
  readonly value: unknown;
  /** YAML's traps, whatever the fields are. */
  readonly mistakes: Mistake[];
  /** Words that are something else to another reader: mistakes only where nothing else is wrong. */
  readonly ambiguous: Mistake[];
  private readonly document: Document;
  private readonly lines = new LineCounter();

  /** @throws SpecError where the text is not even YAML, and so what stands in it can not be judged */
  constructor(text: string, file: string) {
    this.file = file;
    const content = text.replace(/^\ufeff/, "");
    // A line ends at \n, as for yaml: the start of the text, and what follows each \n, begins one.
    for (const { index } of content.matchAll(/(?<=^|\n)/g)) this.lines.addNewLine(index);
    this.refuse(unreadable(content));
    // stringKeys: a key that is a list or a map is a mistake. uniqueKeys: we say where the first one is.
    this.document = parseDocument(content, { prettyErrors: false, stringKeys: true, uniqueKeys: false });
    this.refuse(syntaxMistakes(this.document, content, this.position));
    const traps = findTraps(this.document, this.position);
    if (!traps.resolvable) this.refuse(traps.mistakes);
    this.mistakes = traps.mistakes;
    this.ambiguous = traps.ambiguous;
    this.value = this.toPlain();
  }

  /** Where a value stands; of what is not there, the place of what should hold it. An alias leads to what it stands for. */
  offset(path: Path): number {
    const { node, found } = this.find(path);
    // The first field stands for a map that lacks something.
    return startOf(!found && isMap(node) ? (node.items[0]?.key ?? node) : node);
  }

  /** Where a field's name stands. */
  keyOffset(path: Path): number {
    const { node } = this.find(path.slice(0, -1));
    const pair = isMap(node) ? pairOf(node, path.at(-1)) : undefined;
    return pair === undefined ? this.offset(path) : startOf(pair.key);
  }

  /** Whether something is written there. */
  has = (path: Path): boolean => this.find(path).found;

  /** A place in words: `4:11`. */
  at(path: Path): string {
    const { line, column } = this.position(this.offset(path));
    return `${line}:${column}`;
  }

  /** @throws SpecError if there is something to report */
  refuse(mistakes: readonly Mistake[]): void {
    if (mistakes.length === 0) return;
    throw new SpecError(renderReport({ file: this.file, mistakes, position: this.position, owner: this.owner }));
  }

  private position = (offset: number): Position => {
    const { line, col } = this.lines.linePos(offset);
    return { line, column: col };
  };

  /** The project, or `defaults`, that a place belongs to. */
  private owner = (offset: number): string | undefined => {
    const root: unknown = this.document?.contents;
    if (!isMap(root)) return undefined;
    // What follows a project ends where the project does, and stands at the margin.
    if (this.position(offset).column === 1 || root.items.some(({ key }) => startOf(key) === offset)) return undefined;
    if (holds(pairOf(root, "defaults")?.value, offset)) return "defaults";
    const projects = pairOf(root, "projects")?.value;
    if (!isSeq(projects)) return undefined;
    const index = projects.items.findLastIndex((item) => holds(item, offset));
    return index < 0 ? undefined : projectLabel(projects.items[index], index);
  };

  private find(path: Path): { node: unknown; found: boolean } {
    let node = this.resolved(this.document.contents);
    for (const key of path) {
      const next = child(node, key);
      if (next === undefined) return { node, found: false };
      node = this.resolved(next);
    }
    return { node, found: true };
  }

  private resolved(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.document) : node;
  }

  private toPlain(): unknown {
    try {
      return this.document.toJS({ maxAliasCount: MAX_ALIASES });
    } catch (error) {
      // What `yaml` throws where aliases of aliases grow without bounds.
      if (!(error instanceof ReferenceError)) throw error;
      return this.refuse([...this.mistakes, { offset: 0, text: "its aliases (*) stand for too much → write the values" }]);
    }
  }
}

function projectLabel(node: unknown, index: number): string {
  const name = isMap(node) ? textOf(pairOf(node, "name")?.value) : undefined;
  return name !== undefined && /^[\w.-]{1,40}$/.test(name) ? `project "${name}"` : `project ${index + 1}`;
}
