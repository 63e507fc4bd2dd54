// Relationships from foreign keys (references/api/resource_embedding.rst; SchemaCache.hs addViewM2OAndO2ORels, addInverseRels,
// addM2MRels at v14.17). Pure.
import { keyOf } from "./catalog.ts";
import type { ColumnPair, QualifiedIdentifier, Relationship, Table } from "./catalog.ts";
import type { ForeignKey } from "./introspection.ts";
import { namesInView } from "./views.ts";
import type { ViewColumn } from "./views.ts";

const same = (a: QualifiedIdentifier, b: QualifiedIdentifier): boolean => a.schema === b.schema && a.name === b.name;
const swapped = (pairs: ColumnPair[]): ColumnPair[] => pairs.map(([a, b]) => [b, a]);

function direct(key: ForeignKey): Relationship {
  return {
    table: key.table,
    foreignTable: key.foreignTable,
    isSelf: same(key.table, key.foreignTable),
    cardinality: { kind: key.oneToOne ? "O2O" : "M2O", constraint: key.constraint, columns: key.columns },
    isParent: false,
    tableIsView: false,
    foreignTableIsView: false,
  };
}

interface Side { at: QualifiedIdentifier; columns: string[]; isView: boolean }

/** The table itself and every view that shows all of these columns. */
function sides(table: QualifiedIdentifier, columns: string[], views: Map<string, ViewColumn[]>): Side[] {
  const found: Side[] = [{ at: table, columns, isView: false }];
  for (const [key, viewed] of views) {
    const [schema, name] = JSON.parse(key) as [string, string];
    for (const names of namesInView(viewed, table, columns)) found.push({ at: { schema, name }, columns: names, isView: true });
  }
  return found;
}

function withViews(key: ForeignKey, views: Map<string, ViewColumn[]>): Relationship[] {
  const base = direct(key);
  const from = sides(key.table, key.columns.map(([column]) => column), views);
  const to = sides(key.foreignTable, key.columns.map(([, column]) => column), views);
  return from.flatMap((a) =>
    to.map((b): Relationship => ({
      ...base,
      table: a.at,
      foreignTable: b.at,
      isSelf: same(a.at, b.at),
      cardinality: { ...base.cardinality, columns: a.columns.map((column, i): ColumnPair => [column, b.columns[i]!]) } as Relationship["cardinality"],
      tableIsView: a.isView,
      foreignTableIsView: b.isView,
    })),
  );
}

function inverse(relationship: Relationship): Relationship {
  const { cardinality } = relationship;
  if (cardinality.kind === "M2M") throw new Error("a many-to-many relationship is its own inverse");
  return {
    table: relationship.foreignTable,
    foreignTable: relationship.table,
    isSelf: relationship.isSelf,
    cardinality: { ...cardinality, kind: cardinality.kind === "M2O" ? "O2M" : "O2O", columns: swapped(cardinality.columns) },
    isParent: cardinality.kind === "O2O",
    tableIsView: relationship.foreignTableIsView,
    foreignTableIsView: relationship.tableIsView,
  };
}

/** A table is a junction when two of its foreign keys lie within its primary key. */
function manyToMany(keys: Relationship[], tables: Map<string, Table>): Relationship[] {
  const m2o = keys.filter((key) => key.cardinality.kind === "M2O");
  return m2o.flatMap((one) =>
    m2o.flatMap((two): Relationship[] => {
      const [a, b] = [one.cardinality, two.cardinality];
      if (a.kind === "M2M" || b.kind === "M2M" || !same(one.table, two.table) || a.constraint === b.constraint) return [];
      const pk = new Set(tables.get(keyOf(one.table))?.pkCols ?? []);
      if (![...a.columns, ...b.columns].every(([column]) => pk.has(column))) return [];
      const junction = {
        table: one.table, constraint1: a.constraint, constraint2: b.constraint, source: swapped(a.columns), target: swapped(b.columns),
      };
      return [{
        table: one.foreignTable,
        foreignTable: two.foreignTable,
        isSelf: same(one.foreignTable, two.foreignTable),
        cardinality: { kind: "M2M", junction },
        isParent: false,
        tableIsView: one.foreignTableIsView,
        foreignTableIsView: two.foreignTableIsView,
      }];
    }),
  );
}

/** By the key of the table they start from; only between exposed schemas, and with a junction in one of them. */
export function findRelationships(
  keys: ForeignKey[], views: Map<string, ViewColumn[]>, tables: Map<string, Table>, schemas: string[],
): Map<string, Relationship[]> {
  const forward = keys.flatMap((key) => withViews(key, views));
  const all = [...forward, ...forward.map(inverse), ...manyToMany(forward, tables)];
  const exposed = (id: QualifiedIdentifier): boolean => schemas.includes(id.schema);
  const result = new Map<string, Relationship[]>();
  for (const one of all) {
    const hidden = one.cardinality.kind === "M2M" && !exposed(one.cardinality.junction.table);
    if (!exposed(one.table) || !exposed(one.foreignTable) || hidden) continue;
    const key = keyOf(one.table);
    result.set(key, [...(result.get(key) ?? []), one]);
  }
  return result;
}
