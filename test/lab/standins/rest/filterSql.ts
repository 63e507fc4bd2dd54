// Filters and order as SQL. Values are bound parameters of unknown type, so Postgres reads them as it would read literals.
import type { QualifiedIdentifier, SchemaCache } from "./catalog.ts";
import type { Filter, LogicTree } from "./filters.ts";
import { baseTypeOf } from "./readPlan.ts";
import type { ReadNode } from "./readPlan.ts";
import type { Field } from "./scanner.ts";
import { and, trusted, comma, empty, ident, join, param, sql } from "./sql.ts";
import type { Sql } from "./sql.ts";

/** What a null filter on an embedded resource becomes. */
type NullEmbed = (child: ReadNode, isNull: boolean) => Sql;

/** How a column is reached, with its JSON path if it has one. */
export function fieldSql(at: Sql, field: Field, table: QualifiedIdentifier, cache: SchemaCache): Sql {
  const column = field.name === "*" ? sql`${at}.*` : sql`${at}.${ident(field.name)}`;
  if (field.path.length === 0) return column;
  const type = baseTypeOf(cache, table, field.name);
  // A composite or an array has no arrows of its own; json and jsonb stay as they are so that an index can be used.
  const start = type === "json" || type === "jsonb" ? column : sql`to_jsonb(${column})`;
  return field.path.reduce((value, step) => {
    const arrow = step.arrow === "->" ? sql`->` : sql`->>`;
    const operand = "key" in step ? param(step.key) : sql`${param(String(step.index))}::int`;
    return sql`${value}${arrow}${operand}`;
  }, start);
}

/** An array literal: what is inside is escaped for Postgres's array syntax, and the whole is a bound parameter. */
export function arrayLiteral(values: string[]): string {
  const quoted = values.map((value) => `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`);
  return `{${quoted.join(",")}}`;
}

function languageSql(language: string | undefined): Sql {
  return language === undefined ? empty : sql`${param(language)}, `;
}

function filterSql(filter: Filter, at: Sql, table: QualifiedIdentifier, cache: SchemaCache): Sql {
  const not = filter.negated ? sql`NOT ` : empty;
  const field = fieldSql(at, filter.field, table, cache);
  const { operation } = filter;
  switch (operation.op) {
    case "simple":
      return sql`${not}${field} ${trusted(operation.operator)} ${param(operation.value)}`;
    case "quantified": {
      const isLike = operation.operator === "like" || operation.operator === "ilike";
      // `*` stands for `%`, because `%` has to be encoded in a URL.
      const value = param(isLike ? operation.value.replaceAll("*", "%") : operation.value);
      const operand = operation.quantifier === undefined ? value : sql`${trusted(operation.quantifier)}(${value})`;
      return sql`${not}${field} ${trusted(operation.operator)} ${operand}`;
    }
    case "in": {
      const isEmpty = operation.values.length === 1 && operation.values[0] === "";
      return sql`${not}${field} = ANY (${param(isEmpty ? "{}" : arrayLiteral(operation.values))})`;
    }
    case "is":
      return sql`${not}${field} IS ${trusted(operation.value)}`;
    case "isdistinct":
      return sql`${not}${field} IS DISTINCT FROM ${param(operation.value)}`;
    case "fts": {
      const isVector = baseTypeOf(cache, table, filter.field.name) === "tsvector" && filter.field.path.length === 0;
      const vector = isVector ? field : sql`to_tsvector(${languageSql(operation.language)}${field})`;
      return sql`${not}${vector} @@ ${trusted(operation.query)}(${languageSql(operation.language)}${param(operation.value)})`;
    }
  }
}

/** `clients=is.null` where `clients` is embedded asks whether there is any. */
function embeddedBy(node: ReadNode | undefined, filter: Filter): ReadNode | undefined {
  const isNullTest = filter.operation.op === "is" && filter.operation.value === "NULL" && filter.field.path.length === 0;
  return isNullTest ? node?.children.find((child) => child.name === filter.field.name) : undefined;
}

const byLateral: NullEmbed = (child, isNull) =>
  isNull ? sql`${ident(child.lateral)} IS NOT DISTINCT FROM NULL` : sql`${ident(child.lateral)} IS DISTINCT FROM NULL`;

interface Context { node: ReadNode | undefined; at: Sql; table: QualifiedIdentifier; cache: SchemaCache; nullEmbed: NullEmbed }

function treeSql(tree: LogicTree, context: Context): Sql {
  if (tree.kind === "filter") {
    const child = embeddedBy(context.node, tree);
    return child === undefined ? filterSql(tree, context.at, context.table, context.cache) : context.nullEmbed(child, !tree.negated);
  }
  const terms = join(tree.terms.map((term) => treeSql(term, context)), tree.operator === "AND" ? and : sql` OR `);
  return tree.negated ? sql`NOT (${terms})` : sql`(${terms})`;
}

export function conditions(node: ReadNode, at: Sql, cache: SchemaCache, nullEmbed: NullEmbed = byLateral): Sql[] {
  return node.where.map((tree) => treeSql(tree, { node, at, table: node.table, cache, nullEmbed }));
}

/** Filters of a mutation; there is nothing embedded to test for. */
export function plainConditions(trees: LogicTree[], at: Sql, table: QualifiedIdentifier, cache: SchemaCache): Sql[] {
  return trees.map((tree) => treeSql(tree, { node: undefined, at, table, cache, nullEmbed: byLateral }));
}

export function orderSql(node: ReadNode, at: Sql, cache: SchemaCache): Sql {
  if (node.order.length === 0) return empty;
  const terms = node.order.map((term) => {
    const child = term.relation === undefined ? undefined : node.children.find(({ name }) => name === term.relation);
    const value =
      child === undefined
        ? fieldSql(at, term.field, node.table, cache)
        : fieldSql(ident(child.lateral), term.field, child.table, cache);
    const direction = term.direction === undefined ? empty : trusted(` ${term.direction}`);
    return sql`${value}${direction}${term.nulls === undefined ? empty : trusted(` ${term.nulls}`)}`;
  });
  return sql` ORDER BY ${join(terms, comma)}`;
}
