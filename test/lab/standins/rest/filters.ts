// Filters, logic trees and order (references/api/tables_views.rst "Horizontal Filtering", "Logical operators", "Ordering").
import { Scanner, field, fieldName, jsonPath, quotedValue } from "./scanner.ts";
import type { Field } from "./scanner.ts";

/** Which embedded resource something is for; empty: the root. */
export type EmbedPath = string[];

const SIMPLE = { neq: "<>", cs: "@>", cd: "<@", ov: "&&", sl: "<<", sr: ">>", nxr: "&<", nxl: "&>", adj: "-|-" } as const;
const QUANTIFIED = {
  eq: "=", gte: ">=", gt: ">", lte: "<=", lt: "<", like: "like", ilike: "ilike", match: "~", imatch: "~*",
} as const;
const FTS = { fts: "to_tsquery", plfts: "plainto_tsquery", phfts: "phraseto_tsquery", wfts: "websearch_to_tsquery" } as const;
const IS = { null: "NULL", not_null: "NOT NULL", true: "TRUE", false: "FALSE", unknown: "UNKNOWN" } as const;

export type Operation =
  | { op: "simple"; operator: (typeof SIMPLE)[keyof typeof SIMPLE]; value: string }
  | { op: "quantified"; operator: (typeof QUANTIFIED)[keyof typeof QUANTIFIED]; quantifier: "ANY" | "ALL" | undefined; value: string }
  | { op: "in"; values: string[] }
  | { op: "is"; value: (typeof IS)[keyof typeof IS] }
  | { op: "isdistinct"; value: string }
  | { op: "fts"; query: (typeof FTS)[keyof typeof FTS]; language: string | undefined; value: string };

export interface Filter { kind: "filter"; field: Field; negated: boolean; operation: Operation }
export interface LogicExpression { kind: "logic"; negated: boolean; operator: "AND" | "OR"; terms: LogicTree[] }
export type LogicTree = Filter | LogicExpression;

export interface OrderTerm {
  /** the embedded resource whose column is meant: `order=clients(name)` */
  relation: string | undefined;
  field: Field;
  direction: "ASC" | "DESC" | undefined;
  nulls: "NULLS FIRST" | "NULLS LAST" | undefined;
}

const EXPECT_OPERATOR = '"not" or operator (eq, gt, ...)';

/** Splits `clients.name->>x` into the path of embedded resources and the field. */
export function parseTreePath(key: string): { path: EmbedPath; field: Field } {
  const scan = new Scanner(key, `tree path (${key})`);
  const names = [fieldName(scan)];
  while (scan.take(".")) names.push(fieldName(scan));
  const json = jsonPath(scan);
  const name = names.pop()!;
  return { path: names, field: { name, path: json } };
}

/** @returns undefined when the value has no operator and may go without one (arguments of a GET on /rpc) */
export function parseFilterValue(value: string, optional: boolean): Pick<Filter, "negated" | "operation"> | undefined {
  const scan = new Scanner(value, `filter (${value})`);
  if (optional) {
    return scan.attempt(() => opExpression(scan, singleValue));
  }
  return opExpression(scan, singleValue);
}

function singleValue(scan: Scanner): string {
  const rest = scan.rest;
  scan.at = scan.text.length;
  return rest;
}

/** A value inside `and(…)`: up to the next `,` or `)`, unless it is quoted or an array. */
function logicValue(scan: Scanner): string {
  const quoted = scan.attempt(() => {
    const value = quotedValue(scan);
    return scan.match(/(?=[,)]|$)/) === undefined ? undefined : value;
  });
  return quoted ?? scan.match(/\{[^{}]*\}/)?.[0] ?? scan.match(/[^,)]*/)![0];
}

function listElement(scan: Scanner): string {
  const quoted = scan.attempt(() => {
    const value = quotedValue(scan);
    return scan.match(/(?=[,)]|$)/) === undefined ? undefined : value;
  });
  return quoted ?? scan.match(/[^,)]*/)![0];
}

function listValue(scan: Scanner): string[] {
  scan.skipBlanks();
  scan.expect("(");
  scan.skipBlanks();
  const values = [listElement(scan)];
  while (scan.take(",")) values.push(listElement(scan));
  scan.skipBlanks();
  scan.expect(")");
  scan.skipBlanks();
  return values;
}

function opExpression(scan: Scanner, value: (scan: Scanner) => string): Pick<Filter, "negated" | "operation"> {
  const negated = scan.take("not.");
  return { negated, operation: operation(scan, value) };
}

function operation(scan: Scanner, value: (scan: Scanner) => string): Operation {
  if (scan.take("in.")) return { op: "in", values: listValue(scan) };
  if (scan.take("is.")) return { op: "is", value: isValue(scan) };
  if (scan.take("isdistinct.")) return { op: "isdistinct", value: value(scan) };
  const fts = scan.match(/(fts|plfts|phfts|wfts)(?:\(([\p{L}\p{Nd}_ $]+)\))?\./u);
  if (fts !== undefined) {
    return { op: "fts", query: FTS[fts[1] as keyof typeof FTS], language: fts[2]?.trim(), value: value(scan) };
  }
  const simple = scan.match(/(neq|cs|cd|ov|sl|sr|nxr|nxl|adj)\./);
  if (simple !== undefined) return { op: "simple", operator: SIMPLE[simple[1] as keyof typeof SIMPLE], value: value(scan) };
  const quantified = scan.match(/(eq|gte|gt|lte|lt|like|ilike|match|imatch)(?:\((any|all)\))?\./);
  if (quantified === undefined) scan.fail(EXPECT_OPERATOR);
  return {
    op: "quantified",
    operator: QUANTIFIED[quantified[1] as keyof typeof QUANTIFIED],
    quantifier: quantified[2]?.toUpperCase() as "ANY" | "ALL" | undefined,
    value: value(scan),
  };
}

function isValue(scan: Scanner): (typeof IS)[keyof typeof IS] {
  const word = scan.match(/null|not_null|true|false|unknown/i);
  if (word === undefined) scan.fail("isVal: (null, not_null, true, false, unknown)");
  return IS[word[0].toLowerCase() as keyof typeof IS];
}

/** `or=(a.eq.1,not.and(…))`, `clients.not.or=(…)` */
export function parseLogic(key: string, value: string): { path: EmbedPath; tree: LogicTree } {
  const scanKey = new Scanner(key, `logic path (${key})`);
  const names = [fieldName(scanKey)];
  while (scanKey.take(".")) names.push(fieldName(scanKey));
  const operator = names.pop()!;
  const negation = names.includes("not") ? "not." : "";
  const scan = new Scanner(`${negation}${operator}${value}`, `logic tree (${value})`);
  const tree = logicTree(scan);
  scan.expectEnd('"," or ")"');
  return { path: names.filter((name) => name !== "not"), tree };
}

function logicTree(scan: Scanner): LogicTree {
  const filter = scan.attempt((): Filter | undefined => {
    const target = field(scan);
    if (!scan.take(".")) return undefined;
    return { kind: "filter", field: target, ...opExpression(scan, logicValue) };
  });
  if (filter !== undefined) return filter;
  const negated = scan.take("not.");
  const operator = scan.take("and") ? "AND" : scan.take("or") ? "OR" : undefined;
  if (operator === undefined) scan.fail("field name (* or [a..z0..9_$]), negation operator (not) or logic operator (and, or)");
  const terms: LogicTree[] = [];
  scan.skipBlanks();
  scan.expect("(");
  do {
    scan.skipBlanks();
    terms.push(logicTree(scan));
    scan.skipBlanks();
  } while (scan.take(","));
  scan.expect(")");
  scan.skipBlanks();
  return { kind: "logic", negated, operator, terms };
}

export function parseOrder(key: string, value: string): { path: EmbedPath; terms: OrderTerm[] } {
  const { path } = parseTreePath(key);
  const scan = new Scanner(value, `order (${value})`);
  const terms = [orderTerm(scan)];
  while (scan.take(",")) terms.push(orderTerm(scan));
  scan.expectEnd();
  return { path, terms };
}

function orderTerm(scan: Scanner): OrderTerm {
  scan.skipBlanks();
  const related = scan.attempt(() => {
    const relation = fieldName(scan);
    if (!scan.take("(")) return undefined;
    const target = field(scan);
    return scan.take(")") ? { relation, field: target } : undefined;
  });
  const target = related ?? { relation: undefined, field: field(scan) };
  const direction = scan.match(/\.(asc|desc)(?![\p{L}\p{Nd}_])/u)?.[1]?.toUpperCase() as OrderTerm["direction"];
  const nulls = scan.match(/\.nulls(first|last)(?![\p{L}\p{Nd}_])/u)?.[1];
  scan.skipBlanks();
  if (!scan.atEnd() && !scan.peek(",")) {
    scan.take(".");
    scan.fail(direction === undefined ? '"asc", "desc", "nullsfirst" or "nullslast"' : '"nullsfirst" or "nullslast"');
  }
  return { ...target, direction, nulls: nulls === undefined ? undefined : nulls === "first" ? "NULLS FIRST" : "NULLS LAST" };
}

/** `columns=` and `on_conflict=` */
export function parseColumns(name: string, value: string): string[] {
  const scan = new Scanner(value, `${name} parameter (${value})`);
  const columns: string[] = [];
  do {
    scan.skipBlanks();
    columns.push(fieldName(scan));
    scan.skipBlanks();
  } while (scan.take(","));
  scan.expectEnd('letter, digit, "-", "," or end of input');
  return columns;
}

