// A read plan as SQL. Embedded resources are lateral subqueries that give JSON (references/api/resource_embedding.rst).
import { isToOne } from "./catalog.ts";
import type { SchemaCache } from "./catalog.ts";
import { conditions, fieldSql, orderSql } from "./filterSql.ts";
import type { ReadNode } from "./readPlan.ts";
import type { SelectField } from "./select.ts";
import { and, castName, comma, empty, ident, join, param, sql, trusted } from "./sql.ts";
import type { Sql } from "./sql.ts";

export const SOURCE = "pgrst_source";

/** How the node's columns are addressed. */
export function qualifier(node: ReadNode): Sql {
  return node.alias === undefined ? ident(node.table.schema, node.table.name) : ident(node.alias);
}

const junctionAlias = (node: ReadNode): string => `${node.lateral}_junction`;

function fromSql(node: ReadNode): Sql {
  const source = node.fromSource ? ident(SOURCE) : ident(node.table.schema, node.table.name);
  const named = node.alias === undefined ? source : sql`${source} AS ${ident(node.alias)}`;
  const cardinality = node.relationship?.cardinality;
  if (cardinality?.kind !== "M2M") return named;
  const { table } = cardinality.junction;
  return sql`${named}, ${ident(table.schema, table.name)} AS ${ident(junctionAlias(node))}`;
}

/** What ties an embedded resource to its parent's row. */
function joinConditions(node: ReadNode): Sql[] {
  if (node.relationship === undefined) return [];
  const { cardinality } = node.relationship;
  const parent = qualifier(node.parent!);
  const own = qualifier(node);
  const equal = (left: Sql, a: string, right: Sql, b: string): Sql => sql`${left}.${ident(a)} = ${right}.${ident(b)}`;
  if (cardinality.kind !== "M2M") return cardinality.columns.map(([a, b]) => equal(parent, a, own, b));
  const junction = ident(junctionAlias(node));
  return [
    ...cardinality.junction.source.map(([a, b]) => equal(parent, a, junction, b)),
    ...cardinality.junction.target.map(([a, b]) => equal(own, a, junction, b)),
  ];
}

function whereSql(parts: Sql[]): Sql {
  return parts.length === 0 ? empty : sql` WHERE ${join(parts, and)}`;
}

/** A JSON path without alias is named after its last key. */
export function aliasOf({ alias, field }: SelectField): string | undefined {
  if (alias !== undefined || field.path.length === 0) return alias;
  for (const step of [...field.path].reverse()) if ("key" in step) return step.key;
  return field.name;
}

function selectFieldSql(node: ReadNode, selected: SelectField, cache: SchemaCache): Sql {
  let value = fieldSql(qualifier(node), selected.field, node.table, cache);
  if (selected.cast !== undefined) value = sql`CAST(${value} AS ${castName(selected.cast)})`;
  if (selected.aggregate !== undefined) {
    const star = selected.field.name === "*" ? sql`*` : value;
    value = sql`${trusted(selected.aggregate)}(${star})`;
    if (selected.aggregateCast !== undefined) value = sql`CAST(${value} AS ${castName(selected.aggregateCast)})`;
  }
  const alias = aliasOf(selected);
  return alias === undefined ? value : sql`${value} AS ${ident(alias)}`;
}

/** The names that a spread resource brings into its parent. */
function spreadNames(node: ReadNode, cache: SchemaCache): string[] {
  const own = node.select.flatMap((selected) =>
    selected.field.name === "*" && selected.field.path.length === 0
      ? [...(cache.tables.get(JSON.stringify([node.table.schema, node.table.name]))?.columns.keys() ?? [])]
      : [aliasOf(selected) ?? selected.field.name],
  );
  return [...own, ...node.children.flatMap((child) => (child.spread ? spreadNames(child, cache) : [child.name]))];
}

/** Nothing selected below it, so it is only there to filter by (`select=*,clients()`). */
function isEmptyEmbed(node: ReadNode): boolean {
  return node.select.length === 0 && node.children.every(isEmptyEmbed);
}

function embeddedSelect(child: ReadNode, cache: SchemaCache): Sql[] {
  const at = ident(child.lateral);
  if (child.spread) return spreadNames(child, cache).map((name) => sql`${at}.${ident(name)}`);
  if (isEmptyEmbed(child)) return [];
  const value = isToOne(child.relationship!) ? sql`row_to_json(${at}.*)::jsonb` : sql`COALESCE(${at}.${at}, '[]')`;
  return [sql`${value} AS ${ident(child.name)}`];
}

function lateralJoin(child: ReadNode, cache: SchemaCache): Sql {
  const at = ident(child.lateral);
  const kind = child.inner ? sql`INNER` : sql`LEFT`;
  if (isToOne(child.relationship!)) return sql` ${kind} JOIN LATERAL (${readSql(child, cache)}) AS ${at} ON TRUE`;
  const spread = child.spread
    ? spreadNames(child, cache).map((name) => sql`, COALESCE(json_agg(${at}.${ident(name)}), '[]')::jsonb AS ${ident(name)}`)
    : [];
  const inside = sql`SELECT json_agg(${at})::jsonb AS ${at}${join(spread, empty)} FROM (${readSql(child, cache)}) AS ${at}`;
  const on = child.inner ? sql`${at}.${at} IS NOT NULL` : sql`TRUE`;
  return sql` ${kind} JOIN LATERAL (${inside}) AS ${at} ON ${on}`;
}

function groupBySql(node: ReadNode, cache: SchemaCache): Sql {
  if (!node.select.some((selected) => selected.aggregate !== undefined)) return empty;
  const plain = node.select.filter((selected) => selected.aggregate === undefined).map((selected) => {
    const alias = aliasOf(selected);
    return alias === undefined ? fieldSql(qualifier(node), selected.field, node.table, cache) : ident(alias);
  });
  const terms = [...plain, ...node.children.map((child) => ident(child.name))];
  return terms.length === 0 ? empty : sql` GROUP BY ${join(terms, comma)}`;
}

function windowSql({ window: { offset, limit } }: ReadNode): Sql {
  if (offset === 0 && limit === undefined) return empty;
  return sql` LIMIT ${limit === undefined ? sql`ALL` : param(String(limit))} OFFSET ${param(String(offset))}`;
}

export function readSql(node: ReadNode, cache: SchemaCache): Sql {
  const own = node.select.map((selected) => selectFieldSql(node, selected, cache));
  const embedded = node.children.flatMap((child) => embeddedSelect(child, cache));
  const nothing = node.select.length === 0 && node.children.length === 0;
  const columns = nothing ? [sql`${qualifier(node)}.*`] : [...own, ...embedded];
  const where = whereSql([...conditions(node, qualifier(node), cache), ...joinConditions(node)]);
  const joins = join(node.children.map((child) => lateralJoin(child, cache)), empty);
  const order = orderSql(node, qualifier(node), cache);
  const group = groupBySql(node, cache);
  return sql`SELECT ${join(columns, comma)} FROM ${fromSql(node)}${joins}${where}${group}${order}${windowSql(node)}`;
}

/** The rows that the filters leave, without a window. Inner joins and null filters on embedded resources become EXISTS. */
export function countSql(node: ReadNode, cache: SchemaCache): Sql {
  const inner = node.children.filter((child) => child.inner).map((child) => sql`EXISTS (${countSql(child, cache)})`);
  const own = conditions(node, qualifier(node), cache, (child, isNull) => {
    const exists = sql`EXISTS (${countSql(child, cache)})`;
    return isNull ? sql`NOT ${exists}` : exists;
  });
  return sql`SELECT 1 FROM ${fromSql(node)}${whereSql([...own, ...joinConditions(node), ...inner])}`;
}

