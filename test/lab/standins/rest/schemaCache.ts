// Loads the schema cache in one read-only transaction (docs/references/schema_cache.rst).
import { keyOf } from "./catalog.ts";
import type { Routine, SchemaCache, Table } from "./catalog.ts";
import { FOREIGN_KEYS, ROUTINES, TABLES, TABLE_COLUMNS, TIMEZONES, VIEWS, VOID_SEARCH_PATH } from "./introspection.ts";
import type { CatalogRows, ForeignKey, ViewDefinition } from "./introspection.ts";
import { findRelationships } from "./relationships.ts";
import { namesInView, viewColumns } from "./views.ts";
import type { BaseTable, ViewColumn } from "./views.ts";

export interface JsonQuery {
  query(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
}

async function json<T>(client: JsonQuery, text: string, values: unknown[] = []): Promise<T> {
  const { rows } = await client.query(text, values);
  return JSON.parse(rows[0]!["json"] as string) as T;
}

/** A view has the primary key of each table of which it shows the whole key. */
function viewPrimaryKey(columns: ViewColumn[], tables: Map<string, Table>): string[] {
  const keys = new Map(columns.map((column) => [keyOf(column.table), column.table]));
  return [...keys].flatMap(([key, table]) => {
    const pk = tables.get(key)?.pkCols ?? [];
    return pk.length === 0 ? [] : (namesInView(columns, table, pk)[0] ?? []);
  });
}

/** Fewer arguments first, as upstream tries them. */
function groupRoutines(routines: Routine[]): Map<string, Routine[]> {
  const groups = new Map<string, Routine[]>();
  for (const routine of routines) groups.set(keyOf(routine), [...(groups.get(keyOf(routine)) ?? []), routine]);
  for (const group of groups.values()) group.sort((a, b) => a.params.length - b.params.length);
  return groups;
}

/** @param client inside a transaction, whose values come back as text */
export async function loadSchemaCache(client: JsonQuery, schemas: string[]): Promise<SchemaCache> {
  await client.query(VOID_SEARCH_PATH);
  const tableRows = await json<CatalogRows["tables"]>(client, TABLES, [schemas]);
  const foreignKeys = await json<ForeignKey[]>(client, FOREIGN_KEYS);
  const routines = await json<Routine[]>(client, ROUTINES, [schemas]);
  const views = await json<ViewDefinition[]>(client, VIEWS);
  const baseTables = await json<BaseTable[]>(client, TABLE_COLUMNS);
  const timezones = await json<string[]>(client, TIMEZONES);

  const all = new Map(
    tableRows.map((row): [string, Table] => [
      keyOf(row), { ...row, columns: new Map(row.columns.map((column) => [column.name, column])) },
    ]),
  );
  const columnsOfViews = viewColumns(views, baseTables);
  for (const [key, columns] of columnsOfViews) {
    const view = all.get(key);
    if (view !== undefined) view.pkCols = viewPrimaryKey(columns, all);
  }
  return {
    tables: new Map([...all].filter(([, table]) => schemas.includes(table.schema))),
    relationships: findRelationships(foreignKeys, columnsOfViews, all, schemas),
    routines: groupRoutines(routines),
    timezones: new Set(timezones),
  };
}
