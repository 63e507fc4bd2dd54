// The tree of what is read: the root and its embedded resources, each with filters, order and window (src/PostgREST/Plan.hs at v14.17).
import { isToOne, keyOf } from "./catalog.ts";
import type { QualifiedIdentifier, Relationship, SchemaCache } from "./catalog.ts";
import type { Config } from "./config.ts";
import { findRelationship } from "./embedding.ts";
import { RestError, notEmbedded, notImplemented } from "./errors.ts";
import type { EmbedPath, LogicTree, OrderTerm } from "./filters.ts";
import type { Window } from "./queryParams.ts";
import { ALL, restrict } from "./range.ts";
import type { ApiRequest } from "./request.ts";
import type { SelectField, SelectItem } from "./select.ts";

export interface ReadNode {
  select: SelectField[];
  /** where the columns are looked up, and what is read unless `source` says otherwise */
  table: QualifiedIdentifier;
  /** the name under which its columns are addressed in SQL; undefined: the table itself */
  alias: string | undefined;
  /** the root of a mutation or a call reads what that gave */
  fromSource: boolean;
  where: LogicTree[];
  order: OrderTerm[];
  window: Window;
  /** the name in the request and in the answer */
  name: string;
  /** the name as written, without its alias */
  target: string;
  inner: boolean;
  spread: boolean;
  relationship: Relationship | undefined;
  parent: ReadNode | undefined;
  /** the name of its lateral subquery in the parent's FROM */
  lateral: string;
  depth: number;
  children: ReadNode[];
}

function newNode(name: string, table: QualifiedIdentifier, items: SelectItem[]): ReadNode {
  return {
    select: items.filter((item) => item.kind === "field"),
    table, alias: undefined, fromSource: false, where: [], order: [], window: ALL, name, target: name, inner: false, spread: false,
    relationship: undefined, parent: undefined, lateral: "", depth: 0, children: [],
  };
}

function addChildren(node: ReadNode, items: SelectItem[], cache: SchemaCache, schema: string): void {
  for (const item of items) {
    if (item.kind === "field") continue;
    const origin = node.depth === 0 ? (node.alias ?? node.table.name) : node.table.name;
    const relationship = findRelationship(cache.relationships, schema, origin, item.relation, item.hint);
    const child = newNode(item.alias ?? item.relation, relationship.foreignTable, item.select);
    child.target = item.relation;
    child.inner = item.join === "inner";
    child.spread = item.kind === "spread";
    child.relationship = relationship;
    child.parent = node;
    child.depth = node.depth + 1;
    child.alias = `${relationship.foreignTable.name}_${child.depth}`;
    child.lateral = `${relationship.table.name}_${child.name}_${child.depth}`;
    node.children.push(child);
    addChildren(child, item.select, cache, schema);
  }
}

function nodeAt(root: ReadNode, path: EmbedPath): ReadNode {
  return path.reduce((node, name) => {
    const child = node.children.find((one) => one.target === name || one.name === name);
    if (child === undefined) throw notEmbedded(name);
    return child;
  }, root);
}

export function everyNode(root: ReadNode): ReadNode[] {
  return [root, ...root.children.flatMap(everyNode)];
}

/** `order=clients(name)` needs an embedded to-one resource. */
function checkRelatedOrders(node: ReadNode): void {
  for (const { relation } of node.order) {
    if (relation === undefined) continue;
    const child = node.children.find((one) => one.name === relation);
    if (child === undefined) throw notEmbedded(relation);
    if (!isToOne(child.relationship!)) {
      const origin = node.fromSource ? "pgrst_source" : node.table.name;
      throw new RestError(400, "PGRST118", `A related order on '${relation}' is not possible`, {
        details: `'${origin}' and '${relation}' do not form a many-to-one or one-to-one relationship`,
      });
    }
  }
}

function checkAggregates(nodes: ReadNode[], allowed: boolean): void {
  const having = nodes.filter((node) => node.select.some((field) => field.aggregate !== undefined));
  if (having.length === 0) return;
  if (!allowed) throw new RestError(400, "PGRST123", "Use of aggregate functions is not allowed");
  if (having.some((node) => node.spread)) throw notImplemented("aggregates in a spread embedding");
}

/** Two subqueries side by side need two names: the same resource twice without aliases is Postgres's own 42712, as upstream. */
export function buildReadPlan(request: ApiRequest, table: QualifiedIdentifier, config: Config, cache: SchemaCache): ReadNode {
  const { params, action } = request;
  const isMutation = ["insert", "update", "upsert", "delete"].includes(action.kind);
  const root = newNode(table.name, table, params.select);
  if (isMutation || action.kind === "call") {
    root.fromSource = true;
    root.alias = table.name;
  }
  addChildren(root, params.select, cache, request.schema);
  for (const { path, filter } of params.filters) {
    if (!isMutation || path.length > 0) nodeAt(root, path).where.push(filter);
  }
  for (const { path, tree } of params.logic) {
    if (!isMutation || path.length > 0) nodeAt(root, path).where.push(tree);
  }
  for (const { path, terms } of params.order) nodeAt(root, path).order = terms;
  const nodes = everyNode(root);
  if (!isMutation) {
    for (const { path, window } of params.windows) nodeAt(root, path).window = window;
    root.window = request.window;
    for (const node of nodes) node.window = restrict(node.window, config.dbMaxRows);
  }
  nodes.forEach(checkRelatedOrders);
  checkAggregates(nodes, config.dbAggregatesEnabled);
  return root;
}

/** The column's base type, when it is a column that is known. */
export function baseTypeOf(cache: SchemaCache, table: QualifiedIdentifier, column: string): string | undefined {
  return cache.tables.get(keyOf(table))?.columns.get(column)?.baseType;
}

/** Whether `*` alone is selected. */
export function selectsAll(node: ReadNode): boolean {
  return node.select.some(({ field, aggregate }) => field.name === "*" && aggregate === undefined);
}

/** What a mutation or a call has to give so that this plan can be answered from it. */
export function neededColumns(root: ReadNode, pkCols: string[]): string[] {
  if (selectsAll(root)) return ["*"];
  const foreign = root.children.flatMap(({ relationship }) => {
    const cardinality = relationship!.cardinality;
    const pairs = cardinality.kind === "M2M" ? cardinality.junction.source : cardinality.columns;
    return pairs.map(([own]) => own);
  });
  return [...new Set([...root.select.map(({ field }) => field.name), ...foreign, ...pkCols])].sort();
}
