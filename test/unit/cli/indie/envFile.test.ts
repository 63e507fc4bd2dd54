import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseEnv } from "node:util";
import { editEnv, type EnvEdit, type Variables } from "../../../../cli/indie/edit/envFile.ts";
import { Stop } from "../../../../cli/report.ts";

const BLOG: Variables = { SUPABASE_URL: "http://blog.localhost", SUPABASE_ANON_KEY: "blog-anon" };
const DOCS: Variables = { SUPABASE_URL: "http://docs.localhost", SUPABASE_ANON_KEY: "docs-anon" };
const MARKS = "# indie link blog: a value that is changed by hand stays (e47c55c5 996e5953)\n";
const LINES = `${MARKS}SUPABASE_URL=http://blog.localhost\nSUPABASE_ANON_KEY=blog-anon\n`;

const edit = (text: string | undefined, more: Partial<EnvEdit> = {}) =>
  editEnv(text, ".env", { project: "blog", wanted: BLOG, known: { ...(more.wanted ?? BLOG) }, force: false, ...more });

describe("what is new", () => {
  test.each([
    ["no file", undefined, LINES],
    ["an empty one", "", LINES],
    ["behind what is there", "# mine\nPORT=3000\n", `# mine\nPORT=3000\n\n${LINES}`],
    ["a last line without an end", "PORT=3000", `PORT=3000\n\n${LINES}`],
    ["as Windows ends lines", "PORT=3000\r\n", `PORT=3000\r\n\r\n${LINES.replaceAll("\n", "\r\n")}`],
  ])("%s", (_, before, after) => expect(edit(before)).toBe(after));

  test("a mark of the byte order stays where it is", () => expect(edit("\ufeffA=1\n")).toBe(`\ufeffA=1\n\n${LINES}`));

  test("a value for a shell, too", () => {
    const value = "postgresql://a:b$c d@127.0.0.1/x";
    const edited = edit("", { wanted: { DATABASE_URL: value } });
    expect(edited).toContain(`\nDATABASE_URL='${value}'\n`);
    expect(parseEnv(edited)).toEqual({ DATABASE_URL: value });
  });

  test("the same once more changes nothing", () => expect(edit(LINES)).toBe(LINES));

  test("what a person wrote, and is the same, is not touched", () => {
    const text = "SUPABASE_URL='http://blog.localhost' # ours\nSUPABASE_ANON_KEY=blog-anon";
    expect(edit(text)).toBe(text);
  });
});

describe("what was ours", () => {
  test("is replaced in its place, for new keys", () => {
    const edited = edit(`A=1\n${LINES}B=2\n`, { wanted: { ...BLOG, SUPABASE_ANON_KEY: "rotated" } });
    expect(edited).toMatch(/^A=1\n# indie link blog: .* \(e47c55c5 [0-9a-f]{8}\)\nSUPABASE_URL=http:\/\/blog\.localhost\nSUPABASE_ANON_KEY=rotated\nB=2\n$/);
    expect(edit(edited, { wanted: DOCS, project: "docs" })).toMatch(/^A=1\n# indie link docs: .*\nSUPABASE_URL=http:\/\/docs\.localhost\nSUPABASE_ANON_KEY=docs-anon\nB=2\n$/);
  });

  test("wherever it was moved to", () => {
    const moved = `${MARKS}PORT=1\nexport SUPABASE_ANON_KEY="blog-anon" # key\nSUPABASE_URL = http://blog.localhost`;
    expect(edit(moved, { wanted: DOCS }).split("\n").slice(1)).toEqual(["PORT=1", "export SUPABASE_ANON_KEY=docs-anon # key", "SUPABASE_URL = http://docs.localhost"]);
  });

  test("and is not asked for now, is kept up to date: no file is half of one project", () => {
    const secret = edit("", { wanted: { ...BLOG, SUPABASE_SECRET_KEY: "blog-secret" } });
    const edited = edit(secret, { wanted: DOCS, known: { ...DOCS, SUPABASE_SECRET_KEY: "docs-secret", VITE_SUPABASE_URL: DOCS.SUPABASE_URL! } });
    expect(parseEnv(edited)).toEqual({ ...DOCS, SUPABASE_SECRET_KEY: "docs-secret" });
  });

  test("a later one goes behind the line of marks", () => {
    const edited = edit(`${LINES}LAST=1\n`, { wanted: { ...BLOG, SUPABASE_KEY: "blog" } });
    expect(edited).toMatch(/^# indie link blog: [^\n]*\([0-9a-f ]{26}\)\nSUPABASE_KEY=blog\nSUPABASE_URL=.*\nSUPABASE_ANON_KEY=.*\nLAST=1\n$/);
  });
});

describe("what somebody else set", () => {
  const theirs = "SUPABASE_URL=https://theirs.example.com\n";

  test("differently is an error that has no value in it", () =>
    expect(() => edit(theirs)).toThrow(
      new Stop(`.env sets SUPABASE_URL already, to something else than blog's. Nothing was changed.
To replace it: npx indie link blog --force; another file: --file <path>`),
    ));

  test("in place of ours, as well", () =>
    expect(() => edit(LINES.replace("blog-anon", "changed"), { wanted: DOCS, project: "docs" })).toThrow(/^\.env sets SUPABASE_ANON_KEY already/));

  test("is replaced with --force, in its place, and then is ours", () => {
    const forced = edit(`${theirs}PORT=1\n`, { force: true });
    expect(forced).toMatch(/^SUPABASE_URL=http:\/\/blog\.localhost\nPORT=1\n\n# indie link blog: .*\nSUPABASE_ANON_KEY=blog-anon\n$/);
    expect(parseEnv(edit(forced, { wanted: DOCS }))).toEqual({ ...DOCS, PORT: "1" });
  });

  test("to nothing waits to be filled in", () => expect(edit("SUPABASE_URL=  # from the dashboard\n")).toMatch(/^SUPABASE_URL= {2}?http:\/\/blog\.localhost {0,2} ?# from the dashboard\n/));

  test("twice: the last one counts", () => {
    const twice = "SUPABASE_URL=a\nSUPABASE_URL=b\n";
    expect(edit(twice, { force: true })).toMatch(/^SUPABASE_URL=a\nSUPABASE_URL=http:\/\/blog\.localhost\n/);
  });

  test("in a value of several lines is nothing that looks like ours", () => {
    const text = 'KEY="-----\nSUPABASE_URL=x\n-----"\n';
    expect(parseEnv(edit(text))).toEqual({ KEY: "-----\nSUPABASE_URL=x\n-----", ...BLOG });
  });

  test("over several lines is not edited", () =>
    expect(() => edit('SUPABASE_URL="a\nb"\n', { force: true })).toThrow(
      new Stop(".env is written in a way that this command does not edit. Nothing was changed. What belongs there: npx indie link blog --stdout"),
    ));
});

test("any file: what is not ours stays to the last byte", () => {
  const other = fc.stringMatching(/^(?:#[ -~]{0,9}|[ \t]*|export [A-Z]{1,4}=[a-z0-9]{0,4}|[A-Z]{1,4} ?= ?(?:[a-z0-9$#"' ]{0,6}|"[a-z\\#]{0,4}"))$/);
  const ours = fc.constantFrom("SUPABASE_URL=", "SUPABASE_URL=http://old.localhost", "export SUPABASE_ANON_KEY='x'", 'SUPABASE_ANON_KEY="y" # z');
  const isOurs = (line: string) => /SUPABASE_|^# indie link/.test(line);
  const lines = fc.array(fc.oneof({ arbitrary: other, weight: 3 }, ours), { maxLength: 8 });
  fc.assert(
    fc.property(lines, fc.constantFrom("\n", "\r\n"), fc.boolean(), fc.constantFrom("", "\ufeff"), (all, newline, hasEnd, start) => {
      const text = start + all.join(newline) + (hasEnd && all.length > 0 ? newline : "");
      let edited: string;
      try {
        edited = edit(text, { force: true });
      } catch (error) {
        // A quote that is not closed may swallow what follows: then it is refused.
        if (error instanceof Stop) return;
        throw error;
      }
      const kept = (of: string) => of.replace("\ufeff", "").split("\n").filter((line) => !isOurs(line)).join("\n").replace(/\s*$/, "");
      expect(kept(edited)).toBe(kept(text));
      expect(parseEnv(edited.replace("\ufeff", ""))).toEqual({ ...parseEnv(text.replace("\ufeff", "")), ...BLOG });
      expect(edit(edited)).toBe(edited);
    }),
    { numRuns: 500 },
  );
});
