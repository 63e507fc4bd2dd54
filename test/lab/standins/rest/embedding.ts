// Finds the relationship that an embedded resource means (references/api/resource_embedding.rst "Foreign Key Joins on Multiple
// Foreign Key Relationships"; src/PostgREST/Plan.hs findRel and Error.hs at v14.17).
import { keyOf } from "./catalog.ts";
import type { ColumnPair, Relationship } from "./catalog.ts";
import { RestError } from "./errors.ts";
import { closest } from "./hints.ts";

type Relationships = ReadonlyMap<string, Relationship[]>;

const single = (r: Relationship): ColumnPair | undefined =>
  r.cardinality.kind !== "M2M" && r.cardinality.columns.length === 1 ? r.cardinality.columns[0] : undefined;
const constraintOf = (r: Relationship): string | undefined => (r.cardinality.kind === "M2M" ? undefined : r.cardinality.constraint);

function matchesSelf(r: Relationship, target: string, hint: string | undefined): boolean {
  const byTable = target === r.foreignTable.name && r.cardinality.kind === "O2M";
  if (hint === undefined) return byTable || (single(r)?.[0] === target && r.cardinality.kind === "M2O");
  return byTable && single(r)?.[1] === hint;
}

function matches(r: Relationship, target: string, hint: string | undefined): boolean {
  if (r.isSelf) return matchesSelf(r, target, hint);
  if (hint === undefined) {
    const byKey = constraintOf(r) === target || single(r)?.[0] === target;
    return target === r.foreignTable.name || (byKey && !r.foreignTableIsView);
  }
  const junction = r.cardinality.kind === "M2M" ? r.cardinality.junction.table.name : undefined;
  return target === r.foreignTable.name && [constraintOf(r), ...(single(r) ?? []), junction].includes(hint);
}

export function findRelationship(
  all: Relationships, schema: string, origin: string, target: string, hint: string | undefined,
): Relationship {
  const candidates = (all.get(keyOf({ schema, name: origin })) ?? []).filter((r) => r.foreignTable.schema === schema);
  const found = candidates.filter((r) => matches(r, target, hint));
  if (found.length === 1) return found[0]!;
  throw found.length === 0 ? noRelationship(all, schema, origin, target, hint) : ambiguous(origin, target, found);
}

function noRelationship(all: Relationships, schema: string, origin: string, target: string, hint: string | undefined): RestError {
  const withHint = hint === undefined ? "" : `' using the hint '${hint}`;
  return new RestError(400, "PGRST200", `Could not find a relationship between '${origin}' and '${target}' in the schema cache`, {
    details:
      `Searched for a foreign key relationship between '${origin}' and '${target}${withHint}' in the schema '${schema}', ` +
      "but no matches were found.",
    hint: suggestion(all, schema, origin, target),
  });
}

function suggestion(all: Relationships, schema: string, origin: string, target: string): string | null {
  const known = all.get(keyOf({ schema, name: origin }));
  if (known === undefined) {
    const parents = [...all.keys()].map((key) => JSON.parse(key) as [string, string]).filter(([at]) => at === schema);
    const parent = closest(origin, parents.map(([, name]) => name), 0.33);
    return parent === undefined ? null : `Perhaps you meant '${parent}' instead of '${origin}'.`;
  }
  const child = closest(target, known.map((r) => r.foreignTable.name), 0.33);
  return child === undefined || child === target ? null : `Perhaps you meant '${child}' instead of '${target}'.`;
}

const list = (names: string[]): string => `(${names.join(", ")})`;
const KINDS = { M2O: "many-to-one", O2M: "one-to-many", O2O: "one-to-one", M2M: "many-to-many" } as const;

function describe(r: Relationship): Record<string, string> {
  const c = r.cardinality;
  const relationship =
    c.kind === "M2M"
      ? `${c.junction.table.name} using ${c.junction.constraint1}${list(c.junction.source.map(([, own]) => own))}` +
        ` and ${c.junction.constraint2}${list(c.junction.target.map(([, own]) => own))}`
      : `${c.constraint} using ${r.table.name}${list(c.columns.map(([own]) => own))}` +
        ` and ${r.foreignTable.name}${list(c.columns.map(([, foreign]) => foreign))}`;
  return { cardinality: KINDS[c.kind], embedding: `${r.table.name} with ${r.foreignTable.name}`, relationship };
}

function ambiguous(origin: string, target: string, found: Relationship[]): RestError {
  const ways = found.map((r) => {
    const way = r.cardinality.kind === "M2M" ? r.cardinality.junction.table.name : r.cardinality.constraint;
    return `'${r.foreignTable.name}!${way}'`;
  });
  const message = `Could not embed because more than one relationship was found for '${origin}' and '${target}'`;
  return new RestError(300, "PGRST201", message, {
    details: found.map(describe),
    hint: `Try changing '${target}' to one of the following: ${ways.join(", ")}. Find the desired relationship in the 'details' key.`,
  });
}
