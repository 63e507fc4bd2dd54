// The little that is asked of yaml's tree.
import { isMap, isNode, isScalar, isSeq, type Node, type Pair } from "yaml";

/** A field's name, or a value; undefined where it is no text. */
export const textOf = (node: unknown): string | undefined => (isScalar(node) && typeof node.value === "string" ? node.value : undefined);

/** Where a node begins, in characters from the start of the text. */
export const startOf = (node: unknown): number => (isNode(node) ? (node.range?.[0] ?? 0) : 0);

/** Whether a place is in a node; its end is, too: there stands a value that was left out. */
export const holds = (node: unknown, offset: number): boolean =>
  isNode(node) && node.range != null && node.range[0] <= offset && offset <= node.range[1];

/** Of a field that is written twice, the last: its value is the one that YAML takes. */
export const pairOf = ({ items }: { items: Pair[] }, name: unknown): Pair<Node, Node | null> | undefined =>
  items.findLast(({ key }) => textOf(key) === name) as Pair<Node, Node | null> | undefined;

/** The node of a field or of an item. */
export function child(node: unknown, key: string | number): unknown {
  if (isSeq(node)) return typeof key === "number" ? node.items[key] : undefined;
  if (!isMap(node)) return undefined;
  const pair = pairOf(node, key);
  // A value that is left out altogether has no place of its own.
  return pair === undefined ? undefined : (pair.value ?? pair.key);
}
