// What the stand-in knows of the database. Upstream calls it the schema cache (docs/references/schema_cache.rst).

export interface QualifiedIdentifier { schema: string; name: string }

export interface Column {
  name: string;
  description: string | null;
  nullable: boolean;
  /** a domain's base type; what decides on JSON arrows and text search */
  baseType: string;
  /** with its modifiers, qualified: what a payload's value is read as */
  type: string;
  maxLength: number | null;
  default: string | null;
  enum: string[];
}

export interface Table {
  schema: string;
  name: string;
  description: string | null;
  isView: boolean;
  insertable: boolean;
  updatable: boolean;
  deletable: boolean;
  pkCols: string[];
  /** only of tables in an exposed schema */
  columns: Map<string, Column>;
}

export type ColumnPair = [column: string, foreignColumn: string];

export interface Junction {
  table: QualifiedIdentifier;
  constraint1: string;
  constraint2: string;
  /** table's column, junction's column */
  source: ColumnPair[];
  /** foreign table's column, junction's column */
  target: ColumnPair[];
}

export type Cardinality =
  | { kind: "M2O" | "O2M" | "O2O"; constraint: string; columns: ColumnPair[] }
  | { kind: "M2M"; junction: Junction };

export interface Relationship {
  table: QualifiedIdentifier;
  foreignTable: QualifiedIdentifier;
  isSelf: boolean;
  cardinality: Cardinality;
  /** O2O seen from the table that is referenced */
  isParent: boolean;
  tableIsView: boolean;
  foreignTableIsView: boolean;
}

export interface RoutineParam {
  name: string;
  type: string;
  /** without a length that would cut a value: `character varying` for `character` */
  openType: string;
  required: boolean;
  variadic: boolean;
}

export interface Routine {
  schema: string;
  name: string;
  description: string | null;
  params: RoutineParam[];
  returns: { schema: string; name: string; setOf: boolean; composite: boolean };
  volatility: "v" | "s" | "i";
  isolationLevel: string | null;
  /** settings of the function that are set for the whole transaction */
  settings: [string, string][];
}

export interface SchemaCache {
  tables: Map<string, Table>;
  /** by the key of the table they start from */
  relationships: Map<string, Relationship[]>;
  routines: Map<string, Routine[]>;
  timezones: Set<string>;
}

/** One text for a qualified name, as a key of the maps. */
export const keyOf = ({ schema, name }: QualifiedIdentifier): string => JSON.stringify([schema, name]);

export const returnsScalar = (r: Routine): boolean => !r.returns.setOf && !r.returns.composite;
export const returnsSetOfScalar = (r: Routine): boolean => r.returns.setOf && !r.returns.composite;
export const returnsSingle = (r: Routine): boolean => !r.returns.setOf;
export const returnsSingleComposite = (r: Routine): boolean => !r.returns.setOf && r.returns.composite;
export const returnsVoid = (r: Routine): boolean =>
  returnsScalar(r) && r.returns.schema === "pg_catalog" && r.returns.name === "void";
/** The table whose rows the function returns, if any: then it can embed. */
export const routineTable = (r: Routine): string | undefined => (r.returns.composite ? r.returns.name : undefined);

export const isToOne = (relationship: Relationship): boolean =>
  relationship.cardinality.kind === "M2O" || relationship.cardinality.kind === "O2O";
