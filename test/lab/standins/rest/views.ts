// Which column of which table a view's column comes from, read from Postgres's tree of the view's query: embedding goes through
// views too (references/api/resource_embedding.rst "Embedding Views").
import { keyOf } from "./catalog.ts";
import type { QualifiedIdentifier } from "./catalog.ts";
import type { ViewDefinition } from "./introspection.ts";

export interface BaseTable extends QualifiedIdentifier {
  oid: string;
  /** column number → name */
  columns: Record<string, string>;
}

export interface ViewColumn {
  name: string;
  table: QualifiedIdentifier;
  column: string;
}

interface Origin { view: number; table: string; column: number }

/** The target entries of the outermost query; deeper ones (subqueries, expressions) have more braces around them. */
export function targetEntries(tree: string): Origin[] {
  const origins: Origin[] = [];
  let depth = 0;
  let start = -1;
  for (let at = 0; at < tree.length; at += 1) {
    const char = tree[at];
    if (char === "\\") at += 1;
    else if (char === "{") {
      depth += 1;
      if (depth === 2 && tree.startsWith("TARGETENTRY", at + 1)) start = at;
    } else if (char === "}") {
      if (depth === 2 && start >= 0) {
        const entry = tree.slice(start, at);
        const read = (name: string): number => Number(new RegExp(`.*:${name} (\\d+)`, "s").exec(entry)?.[1] ?? 0);
        origins.push({ view: read("resno"), table: String(read("resorigtbl")), column: read("resorigcol") });
        start = -1;
      }
      depth -= 1;
    }
  }
  return origins.filter((origin) => origin.table !== "0");
}

/** By the view's key. Views on views are followed down to tables. */
export function viewColumns(views: ViewDefinition[], tables: BaseTable[]): Map<string, ViewColumn[]> {
  const tableByOid = new Map(tables.map((table) => [table.oid, table]));
  const viewByOid = new Map(views.map((view) => [view.oid, view]));
  const originsByOid = new Map(views.map((view) => [view.oid, targetEntries(view.tree)]));

  const resolve = (table: string, column: number, seen: Set<string>): Omit<ViewColumn, "name"> | undefined => {
    const base = tableByOid.get(table);
    const name = base?.columns[String(column)];
    if (base !== undefined && name !== undefined) return { table: { schema: base.schema, name: base.name }, column: name };
    if (!viewByOid.has(table) || seen.has(table)) return undefined;
    const origin = originsByOid.get(table)!.find((one) => one.view === column);
    return origin && resolve(origin.table, origin.column, new Set([...seen, table]));
  };

  return new Map(
    views.map((view) => [
      keyOf(view),
      originsByOid.get(view.oid)!.flatMap((origin) => {
        const name = view.columns.find((column) => column.number === origin.view)?.name;
        const found = resolve(origin.table, origin.column, new Set([view.oid]));
        return name === undefined || found === undefined ? [] : [{ name, ...found }];
      }),
    ]),
  );
}

/** All ways to name these columns of a table through the view's columns; none when one of them is not in the view. */
export function namesInView(columns: ViewColumn[], table: QualifiedIdentifier, wanted: string[]): string[][] {
  return wanted.reduce<string[][]>((ways, column) => {
    const names = columns
      .filter((one) => one.table.schema === table.schema && one.table.name === table.name && one.column === column)
      .map((one) => one.name);
    return ways.flatMap((way) => names.map((name) => [...way, name]));
  }, [[]]);
}
