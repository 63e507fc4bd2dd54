// Where things stand in a YAML text: what an edit needs to know so that it looks as if its owner had made it.
import { isAlias, isMap, isPair, isScalar, isSeq, type Pair, type YAMLMap } from "yaml";

/** The text, without what a file may begin with (U+FEFF). */
export class Layout {
  readonly content: string;
  /** What ends a line here. */
  readonly newline: string;

  constructor(content: string) {
    this.content = content;
    this.newline = /\r?\n/.exec(content)?.[0] ?? "\n";
  }

  /** Where a line ends, with its line break: the one in which a place is, or which ends there. */
  lineEnd(offset: number): number {
    if (offset > 0 && this.content[offset - 1] === "\n") return offset;
    const found = this.content.indexOf("\n", offset);
    return found < 0 ? this.content.length : found + 1;
  }

  /** Characters before a place in its line. */
  column = (offset: number): number => offset - (this.content.lastIndexOf("\n", offset - 1) + 1);

  /** What of a line comes before a place. */
  before = (offset: number): string => this.content.slice(offset - this.column(offset), offset);

  /**
   * The end of the comments that belong to what ends here: those that stand deeper than it.
   *
   * @param from the beginning of a line
   * @param column where what ends here begins
   */
  pastDeeperComments(from: number, column: number): number {
    let end = from;
    for (let at = from; at < this.content.length; at = this.lineEnd(at + 1)) {
      const line = this.content.slice(at, this.lineEnd(at + 1));
      const comment = /^( *)#/.exec(line);
      if (comment === null && line.trim() !== "") break;
      if (comment !== null && comment[1]!.length <= column) break;
      if (comment !== null) end = this.lineEnd(at + 1);
    }
    return end;
  }

  /** Lines to be put at the beginning of a line, or at the end of a text whose last line has no end: it gets none then, as before. */
  insertLines(at: number, lines: string[]): string {
    const text = lines.join(this.newline);
    const isUnended = at > 0 && this.content[at - 1] !== "\n";
    return isUnended ? this.newline + text : text + this.newline;
  }
}

/** Where what is written of a node ends, without the comments and line breaks behind it; undefined where nothing is written. */
export function contentEnd(node: unknown): number | undefined {
  if (isPair(node)) return furthest([contentEnd(node.key), contentEnd(node.value)]);
  const isFlow = (isMap(node) || isSeq(node)) && node.flow === true;
  if ((isMap(node) || isSeq(node)) && !isFlow) return furthest(node.items.map(contentEnd));
  if (isScalar(node) && node.source === "" && node.type === "PLAIN") return undefined;
  return isScalar(node) || isAlias(node) || isFlow ? (node as { range?: [number, number, number] | null }).range?.[1] : undefined;
}

function furthest(ends: (number | undefined)[]): number | undefined {
  const known = ends.filter((end) => end !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

/** The column of a block map's fields. */
export const indentOf = ({ srcToken }: YAMLMap): number => (srcToken?.type === "block-map" ? srcToken.indent : 0);

/** Whether a field's name is written as JSON has it. */
export const isJson = ({ key }: Pair): boolean => isScalar(key) && key.type === "QUOTE_DOUBLE";
