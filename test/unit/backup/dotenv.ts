/**
 * Reads a `.env` file as docker compose does: compose-go v2.16.2 dotenv/parser.go (extractVarValue, expandEscapes) and, for `$`, its template. Written
 * for what a test needs: no `export`, no defaults in `${…}`, no lookup; a variable that is used is an error.
 */
export function readDotenv(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  let rest = text;
  for (;;) {
    rest = rest.replace(/^\s+/, "");
    if (rest === "") return values;
    if (rest.startsWith("#")) {
      rest = rest.includes("\n") ? rest.slice(rest.indexOf("\n")) : "";
      continue;
    }
    const [whole, name] = /^([A-Za-z0-9_.-]+)=[\t\v\f\r ]*/.exec(rest) ?? [];
    if (whole === undefined) throw new Error(`no variable: ${JSON.stringify(rest.slice(0, 40))}`);
    const read = readValue(rest.slice(whole.length));
    values[name!] = read.value;
    rest = read.rest;
  }
}

function readValue(text: string): { value: string; rest: string } {
  const quote = text[0];
  if (quote !== "'" && quote !== '"') {
    const end = text.includes("\n") ? text.indexOf("\n") : text.length;
    return { value: substitute(text.slice(0, end).split(" #")[0]!.trimEnd()), rest: text.slice(end) };
  }
  let value = "";
  for (let index = 1, escaped = false; index < text.length; index++) {
    const character = text[index]!;
    if (character === quote && !escaped) return { value: quote === '"' ? substitute(unescape(value)) : value, rest: text.slice(index + 1) };
    if (character === "\\" && !escaped) {
      escaped = true;
      continue;
    }
    // The backslash before a quote goes, any other stays for the next step.
    value += (escaped && character !== quote ? "\\" : "") + character;
    escaped = false;
  }
  throw new Error("unterminated quoted value");
}

const ESCAPED: Record<string, string> = { a: "\x07", b: "\b", c: "\\c", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v", $: "$$", '"': '"', "\\": "\\" };
const unescape = (text: string): string => text.replaceAll(/\\([abcfnrtv$"\\])/g, (_, character: string) => ESCAPED[character]!);

function substitute(text: string): string {
  return text.replaceAll(/\$(\$|\{|[A-Za-z_])?/g, (whole, next?: string) => {
    if (next === "$") return "$";
    if (next === undefined) throw new Error("a $ alone");
    throw new Error(`a variable: ${whole}`);
  });
}
