// Kong's router expressions, as far as our routes use them: atc-router @1.6.2, src/atc_grammar.pest and src/interpreter.rs.

/** The values of a field; a field that is not there matches nothing. */
export type Fields = (name: string) => string[] | undefined;
/** What of a field was matched last: a prefix, or all of it. */
export type Matches = Map<string, string>;
export type Expression = (fields: Fields, matches: Matches) => boolean;

const TOKEN = /\s*(?:(?<word>[A-Za-z][\w.]*)|(?<operator>==|\^=|&&|\|\||\(|\))|"(?<text>(?:[^"\\]|\\["\\nrt])*)")/y;
const ESCAPES: Record<string, string> = { n: "\n", r: "\r", t: "\t" };

interface Token {
  kind: "word" | "operator" | "text";
  value: string;
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const at = TOKEN.lastIndex;
    const groups = TOKEN.exec(text)?.groups;
    if (groups === undefined) throw new Error(`no expression of the router from here: ${text.slice(at)}`);
    const [kind, value] = Object.entries(groups).find(([, each]) => each !== undefined) as [Token["kind"], string];
    found.push({ kind, value: kind === "text" ? value.replace(/\\(.)/g, (_, character: string) => ESCAPES[character] ?? character) : value });
  }
  return found;
}

export function parseExpression(text: string): Expression {
  const rest = tokens(text);
  const take = (kind: Token["kind"], value?: string): string => {
    const token = rest.shift();
    if (token?.kind !== kind || (value !== undefined && token.value !== value)) throw new Error(`no expression of the router: ${text}`);
    return token.value;
  };
  const next = (value: string): boolean => rest[0]?.kind === "operator" && rest[0].value === value;
  const predicate = (): Expression => {
    const [name, operator, wanted] = [take("word"), take("operator"), take("text")];
    const matches = { "==": (value: string) => value === wanted, "^=": (value: string) => value.startsWith(wanted) }[operator];
    if (matches === undefined) throw new Error(`no operator of the router: ${operator}`);
    return (fields, matched) => {
      const values = fields(name);
      // Of several values each must match.
      if (values === undefined || !values.every(matches)) return false;
      matched.set(name, wanted);
      return true;
    };
  };
  const term = (): Expression => {
    if (!next("(")) return predicate();
    take("operator", "(");
    const inner = any();
    take("operator", ")");
    return inner;
  };
  const chain = (operator: string, each: () => Expression, join: (left: Expression, right: Expression) => Expression) => (): Expression => {
    let left = each();
    while (next(operator)) {
      take("operator", operator);
      left = join(left, each());
    }
    return left;
  };
  const all = chain("&&", term, (left, right) => (fields, matched) => left(fields, matched) && right(fields, matched));
  const any = chain("||", all, (left, right) => (fields, matched) => left(fields, matched) || right(fields, matched));
  const whole = any();
  if (rest.length > 0) throw new Error(`no expression of the router: ${text}`);
  return whole;
}
