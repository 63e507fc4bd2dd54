import { type Document, isAlias, isMap, isNode, isScalar, type Node, type Pair, Scalar, visit } from "yaml";
import { textOf, startOf } from "./nodes.ts";
import type { Mistake, Position } from "./report.ts";

export interface Traps {
  /** What is valid YAML and yet surely not meant, or not read here. */
  mistakes: Mistake[];
  /** What one reader of YAML takes for a text or a number, and another for something else. */
  ambiguous: Mistake[];
  /** Whether every alias stands for something. */
  resolvable: boolean;
}

export function findTraps(document: Document, position: (offset: number) => Position): Traps {
  const traps: Traps = { mistakes: [], ambiguous: [], resolvable: true };
  const anchors = new Map<string, Node>();
  visit(document, (key, node, path) => {
    if (!isNode(node)) return;
    if (isAlias(node)) {
      const text = aliasMistake(anchors.get(node.source), path);
      if (text === undefined) return;
      traps.mistakes.push({ offset: startOf(node), text });
      traps.resolvable = false;
      return;
    }
    if (node.anchor !== undefined) {
      if (anchors.has(node.anchor))
        traps.mistakes.push({ offset: startOf(node), text: "this has an anchor (&) that was used above → give it another" });
      anchors.set(node.anchor, node);
    }
    if (isMap(node)) traps.mistakes.push(...keyMistakes(node.items, position));
    const ambiguous = isScalar(node) && key !== "key" ? ambiguity(node) : undefined;
    if (ambiguous !== undefined) traps.ambiguous.push({ offset: startOf(node), text: ambiguous });
  });
  return traps;
}

function aliasMistake(anchored: Node | undefined, path: readonly unknown[]): string | undefined {
  if (anchored === undefined) return "this is an alias (*) of nothing above it → put a text that begins with * in quotes";
  if (path.includes(anchored)) return "this is an alias (*) of what it stands in → write the value";
  return undefined;
}

function keyMistakes(pairs: readonly Pair[], position: (offset: number) => Position): Mistake[] {
  const mistakes: Mistake[] = [];
  const first = new Map<string, number>();
  for (const { key } of pairs) {
    const name = textOf(key);
    if (name === undefined) continue;
    const offset = startOf(key);
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, offset);
    else {
      const { line, column } = position(earlier);
      mistakes.push({ offset, text: `this field is written twice, first at ${line}:${column} → delete one` });
    }
    if (name === "<<") mistakes.push({ offset, text: "merge keys (<<) are not read here → put what projects share under defaults" });
  }
  return mistakes;
}

function ambiguity({ value, type, source }: Scalar): string | undefined {
  if (type !== Scalar.PLAIN) return undefined;
  if (typeof value === "string" && /^(?:y|yes|n|no|on|off)$/i.test(value))
    return "this word is true or false to some readers of YAML, and a text to others → put it in quotes";
  if (typeof value === "number" && !/^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(source ?? ""))
    return "readers of YAML do not agree on a number in this spelling → write it in plain digits";
  return undefined;
}
