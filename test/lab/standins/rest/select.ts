// `select=`: columns with alias, cast, JSON path and aggregate; embedded resources (references/api/tables_views.rst "Vertical
// Filtering", references/api/resource_embedding.rst).
import { Scanner, field, fieldName, identifier } from "./scanner.ts";
import type { Field } from "./scanner.ts";

export type Aggregate = "sum" | "avg" | "count" | "max" | "min";

export interface SelectField {
  kind: "field";
  field: Field;
  alias: string | undefined;
  cast: string | undefined;
  aggregate: Aggregate | undefined;
  aggregateCast: string | undefined;
}

export interface SelectRelation {
  kind: "relation" | "spread";
  relation: string;
  alias: string | undefined;
  hint: string | undefined;
  join: "inner" | "left" | undefined;
  select: SelectItem[];
}

export type SelectItem = SelectField | SelectRelation;

export function parseSelect(text: string): SelectItem[] {
  const scan = new Scanner(text, `select parameter (${text})`);
  const items = forest(scan);
  scan.expectEnd('letter, digit, "-", "->>", "->", "::", ".", ")", "," or end of input');
  return items;
}

function forest(scan: Scanner): SelectItem[] {
  if (scan.atEnd() || scan.peek(")")) return [];
  const items: SelectItem[] = [];
  do {
    scan.skipBlanks();
    items.push(item(scan));
    scan.skipBlanks();
  } while (scan.take(","));
  return items;
}

function item(scan: Scanner): SelectItem {
  const head = scan.attempt(() => spreadHead(scan)) ?? scan.attempt(() => relationHead(scan));
  if (head === undefined) return selectField(scan);
  scan.expect("(");
  const select = forest(scan);
  scan.expect(")");
  return { ...head, select };
}

function alias(scan: Scanner): string | undefined {
  return scan.attempt(() => {
    const name = fieldName(scan);
    return scan.peek("::") || !scan.take(":") ? undefined : name;
  });
}

function spreadHead(scan: Scanner): Omit<SelectRelation, "select"> | undefined {
  if (!scan.take("...")) return undefined;
  const relation = fieldName(scan);
  const params = embedParams(scan);
  return scan.peek("(") ? { kind: "spread", relation, alias: undefined, ...params } : undefined;
}

function relationHead(scan: Scanner): Omit<SelectRelation, "select"> | undefined {
  const name = alias(scan);
  const relation = fieldName(scan);
  // `count()` is the aggregate, never a table.
  if (relation === "count") return undefined;
  const params = embedParams(scan);
  return scan.peek("(") ? { kind: "relation", relation, alias: name, ...params } : undefined;
}

function embedParams(scan: Scanner): Pick<SelectRelation, "hint" | "join"> {
  const params: Pick<SelectRelation, "hint" | "join"> = { hint: undefined, join: undefined };
  for (let count = 0; count < 2 && scan.take("!"); count += 1) {
    const word = fieldName(scan);
    if (word === "inner" || word === "left") params.join ??= word;
    else params.hint ??= word;
  }
  return params;
}

function end(scan: Scanner): void {
  scan.skipBlanks();
  if (!scan.atEnd() && !scan.peek(")") && !scan.peek(",")) {
    scan.fail('letter, digit, "-", "->>", "->", "::", ".", ")", "," or end of input');
  }
}

function selectField(scan: Scanner): SelectField {
  const name = alias(scan);
  const count = scan.attempt(() => (scan.take("count()") ? true : undefined));
  const selected = count === true ? { name: "*", path: [] } : field(scan);
  let cast: string | undefined;
  let aggregate: Aggregate | undefined = count === true ? "count" : undefined;
  if (count !== true) {
    if (scan.take("::")) cast = identifier(scan);
    aggregate = scan.match(/\.(sum|avg|count|max|min)\(\)/)?.[1] as Aggregate | undefined;
  }
  const aggregateCast = aggregate !== undefined && scan.take("::") ? identifier(scan) : undefined;
  end(scan);
  return { kind: "field", field: selected, alias: name, cast, aggregate, aggregateCast };
}
