// SQL is put together from fragments only: constant text, quoted identifiers and bound parameters. A string of a user can get
// into a statement in no other way, because the tag `sql` accepts nothing but fragments.

/** A piece of a statement: constant texts with a parameter between each two of them (`texts.length === values.length + 1`). */
export interface Sql {
  readonly texts: readonly string[];
  readonly values: readonly Parameter[];
}

export type Parameter = string | null | readonly string[] | Buffer;

/** What `pg` takes: text with `$1…` and the values for it. */
export interface Query {
  text: string;
  values: Parameter[];
}

export const empty: Sql = { texts: [""], values: [] };

function concat(a: Sql, b: Sql): Sql {
  const seam = a.texts[a.texts.length - 1]! + b.texts[0]!;
  return { texts: [...a.texts.slice(0, -1), seam, ...b.texts.slice(1)], values: [...a.values, ...b.values] };
}

/** The one way to write SQL here; what is interpolated has to be a fragment itself. */
export function sql(strings: TemplateStringsArray, ...fragments: Sql[]): Sql {
  let result: Sql = { texts: [strings[0]!], values: [] };
  fragments.forEach((fragment, index) => {
    result = concat(concat(result, fragment), { texts: [strings[index + 1]!], values: [] });
  });
  return result;
}

/** A bound parameter of unknown type: Postgres reads it as it would read a quoted literal in that place, as upstream's do. */
export function param(value: Parameter): Sql {
  return { texts: ["", ""], values: [value] };
}

/** The one function that quotes an identifier. NUL cannot be part of one in Postgres and is cut off, as upstream does. */
export function quoteIdentifier(name: string): string {
  const end = name.indexOf("\0");
  return `"${(end < 0 ? name : name.slice(0, end)).replaceAll('"', '""')}"`;
}

export function ident(...names: string[]): Sql {
  return { texts: [names.map(quoteIdentifier).join(".")], values: [] };
}

/** Text that is ours or from Postgres's catalog (a type's name, a column's default), never from a request. */
export function trusted(text: string): Sql {
  return { texts: [text], values: [] };
}

/** A cast from `select=`: not quoted, because `"bigint"` is no type's name; the parser lets through only `[A-Za-z0-9_ $]`. */
export function castName(name: string): Sql {
  if (!/^[\p{L}\p{Nd}_ $]+$/u.test(name)) throw new Error(`not a type name: ${JSON.stringify(name)}`);
  return { texts: [name], values: [] };
}

export function join(fragments: readonly Sql[], separator: Sql): Sql {
  return fragments.reduce((all, next, index) => (index === 0 ? next : concat(concat(all, separator), next)), empty);
}

export const comma: Sql = sql`, `;
export const and: Sql = sql` AND `;

export function toQuery(fragment: Sql): Query {
  const text = fragment.texts.reduce((all, next, index) => (index === 0 ? next : `${all}$${index}${next}`), "");
  return { text, values: [...fragment.values] };
}
