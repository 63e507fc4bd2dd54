import { describe, expect, test } from "@jest/globals";
import { load, reportOf } from "./reportOf.ts";

const PROJECTS = "projects:\n  - name: blog\n    architecture: shared\n";

describe("files that are read", () => {
  test.each([
    ["with \\r\\n", PROJECTS.replaceAll("\n", "\r\n")],
    ["with a byte order mark", `\ufeff${PROJECTS}`],
    ["without a last line break", PROJECTS.trimEnd()],
    ["with marks of a document", `---\n${PROJECTS}...\n`],
    ["with a directive that says what is so anyway", `%YAML 1.2\n---\n${PROJECTS}`],
    ["as JSON", '{"projects": [{"name": "blog", "architecture": "shared"}]}'],
    ["with an anchor that is used", "defaults: {architecture: &a shared}\nprojects:\n  - name: blog\n    architecture: *a\n"],
  ])("%s", (_, text) => {
    expect(load(text)).toMatchObject([{ name: "blog", architecture: "shared" }]);
  });

  test("no project", () => {
    expect(load("projects: []")).toEqual([]);
  });

  test("an anchor that three hundred projects use", () => {
    const projects = Array.from({ length: 300 }, (_, index) => `  - {name: blog-${index}, architecture: *a}\n`).join("");
    expect(load(`defaults: {architecture: &a shared}\nprojects:\n${projects}`)).toHaveLength(300);
  });
});

const EMPTY = "the file is empty → write projects: [] if there shall be no project";
const FIELDS = "write projects: and below it the list of projects";
const TOO_DEEP = "lists or maps stand too deep in each other → write it flatter";

describe("files that are not the projects'", () => {
  test.each([
    ["empty", "", `p.yaml:1:1  ${EMPTY}`],
    ["comments only", "# projects:\n", `p.yaml:1:1  ${EMPTY}`],
    ["a mark only", "---\n", `p.yaml:1:1  ${EMPTY}`],
    ["a list", "- name: blog\n", `p.yaml:1:1  the file must be a group of fields, not a list → ${FIELDS}`],
    ["a text", "blog", `p.yaml:1:1  the file must be a group of fields, not a text → ${FIELDS}`],
    ["a number", "7", `p.yaml:1:1  the file must be a group of fields, not a number → ${FIELDS}`],
    ["no projects", "defaults: {server: prod}", "p.yaml:1:1  projects is missing → write projects: [] if there shall be none"],
    ["projects without a value", "projects:\n#  - name: blog\n", "p.yaml:1:10  projects has no value → write projects: [] if there shall be none"],
    ["one project instead of a list", "projects:\n  name: blog\n", "p.yaml:2:3  projects must be a list, not a group of fields → write projects: [] if there shall be none"],
    ["two documents", `${PROJECTS}---\n${PROJECTS}`, "p.yaml:4:1  a second document begins here (---) → keep one"],
    ["Latin-1", "projects:\n  - name: bl\ufffdg\n", "p.yaml:2:13  the file is not UTF-8 → save it as UTF-8"],
    ["UTF-16", Buffer.from(PROJECTS, "utf16le").toString(), "p.yaml:1:2  the character U+0000 has no place in YAML → delete it"],
    ["a control character", "projects: []\n# \u001b[2J\n", "p.yaml:2:3  the character U+001B has no place in YAML → delete it"],
    ["half a character", "projects: []\n# \ud83d\n", "p.yaml:2:3  the character U+D83D has no place in YAML → delete it"],
    ["a second byte order mark", "projects: []\n\ufeff", "p.yaml:2:1  the character U+FEFF has no place in YAML → delete it"],
    ["too large", `#${" ".repeat(1_000_000)}`, "p.yaml:1:1  the file has more than 1000000 characters → is it the right one?"],
  ])("%s", (_, text, report) => {
    expect(reportOf(text)).toBe(report);
  });
});

describe("YAML's own errors, in one line", () => {
  test.each([
    ["a tab", "projects:\n\t- name: blog\n", "p.yaml:2:1  a tab as indentation → use spaces"],
    ["a colon in a text", "projects:\n  - name: blog: two\n", "p.yaml:2:11  project 1  Nested mappings are not allowed in compact mappings → put a text with a colon in quotes, or begin a new line"],
    ["an open quote", 'projects:\n  - name: "blog\n', 'p.yaml:2:16  project "blog"  Missing closing "quote → mend the YAML there'],
    ["an open bracket", "projects: [\n", "p.yaml:1:12  Flow sequence in block collection must be sufficiently indented and end with a ] → line it up with what it belongs to"],
    ["a wrong indentation", "projects:\n  - name: blog\n   architecture: shared\n", "p.yaml:3:1  Sequence item without - indicator → mend the YAML there"],
    ["a reserved character", "projects:\n  - name: @blog\n", "p.yaml:2:11  project 1  Plain value cannot start with reserved character @ → put the value in quotes"],
    ["an unknown escape", 'projects:\n  - name: "\\q"\n', "p.yaml:2:12  project 1  a \\ in \"double quotes\" begins an escape that YAML does not know → use 'single quotes'"],
    ["an unknown tag", "projects: !list []\n", "p.yaml:1:11  a value that begins with ! is a tag to YAML, and none that is known here → put a text in quotes"],
    ["another version of YAML", "%YAML 1.1\n---\nprojects: []\n", "p.yaml:1:1  YAML 1.1 reads words in another way → delete the line %YAML"],
    ["a directive", "%FOO\n---\nprojects: []\n", "p.yaml:1:1  a line that begins with % is a directive to YAML → delete it"],
    ["a list as a key", "projects: []\n? [a]\n: b\n", "p.yaml:2:3  the name of a field must be a text → write it as a plain word"],
    [
      "two at once",
      'projects:\n\t- name: blog\n  - name: "\\q"\n',
      "p.yaml:2:1  a tab as indentation → use spaces\np.yaml:3:12  project 1  a \\ in \"double quotes\" begins an escape that YAML does not know → use 'single quotes'",
    ],
  ])("%s", (_, text, report) => {
    expect(reportOf(text)).toBe(report);
  });
});

const NOT_AGREED = "readers of YAML do not agree on a number in this spelling → write it in plain digits";
const TRUE_OR_TEXT = "this word is true or false to some readers of YAML, and a text to others → put it in quotes";
const on = (fields: string) => `projects:\n  - architecture: shared\n    ${fields}\n`;

describe("traps of YAML", () => {
  test.each([
    ["yes as a name", on("name: yes"), `p.yaml:3:11  project "yes"  ${TRUE_OR_TEXT}`],
    ["Off as a name", on("name: Off"), 'p.yaml:3:11  project "Off"  name "Off" breaks the rule: 3 to 19 small letters, digits and single dashes, a letter first, no dash last → for example off'],
    ["yes as a truth value", on("name: blog\n    auth: { disableSignup: yes }"), 'p.yaml:4:28  project "blog"  auth.disableSignup must be true or false, not a text → write true or false'],
    ["a number as a name", on("name: 123"), "p.yaml:3:11  project 1  name must be a text, not a number → give the project one, such as name: blog"],
    ["a truth value as a name", on("name: true"), "p.yaml:3:11  project 1  name must be a text, not the truth value true → give the project one, such as name: blog"],
    ["null as a name", on("name: null"), "p.yaml:3:11  project 1  name has no value → give the project one, such as name: blog"],
    ["nothing as a name", on("name:"), "p.yaml:3:10  project 1  name has no value → give the project one, such as name: blog"],
    ["a date as a name", on("name: 2024-01-01"), 'p.yaml:3:11  project "2024-01-01"  name "2024-01-01" breaks the rule: 3 to 19 small letters, digits and single dashes, a letter first, no dash last → choose another name'],
    ["a number as a server", on("name: blog\n    server: 1"), 'p.yaml:4:13  project "blog"  server must be a text, not a number → put it in quotes'],
    ["a number in hexadecimal", on("name: blog\n    keys: { generation: 0x10 }"), `p.yaml:4:25  project "blog"  ${NOT_AGREED}`],
    ["a number that is octal to others", on("name: blog\n    keys: { generation: 010 }"), `p.yaml:4:25  project "blog"  ${NOT_AGREED}`],
    ["a number with an exponent", on("name: blog\n    keys: { generation: 1e3 }"), `p.yaml:4:25  project "blog"  ${NOT_AGREED}`],
    ["a field twice", on("name: blog\n    name: docs"), 'p.yaml:4:5  project "docs"  this field is written twice, first at 3:5 → delete one'],
    ["a field twice at the top", "projects: []\nprojects: []\n", "p.yaml:2:1  this field is written twice, first at 1:1 → delete one"],
    ["a merge key", on("name: blog\n    <<: { server: prod }"), 'p.yaml:4:5  project "blog"  merge keys (<<) are not read here → put what projects share under defaults'],
    ["an anchor twice", "defaults: {server: &a prod, architecture: &a shared}\nprojects: []\n", "p.yaml:1:46  defaults  this has an anchor (&) that was used above → give it another"],
    ["an alias of nothing", on("name: *blog"), "p.yaml:3:11  project 1  this is an alias (*) of nothing above it → put a text that begins with * in quotes"],
    ["an alias of itself", "projects: &a [*a]\n", "p.yaml:1:15  project 1  this is an alias (*) of what it stands in → write the value"],
    ["too deep", `projects: ${"[".repeat(50_000)}`, `p.yaml:1:1  ${TOO_DEEP}`],
    ["too deep by dashes", `projects: []\n${"- ".repeat(50_000)}`, `p.yaml:2:1  ${TOO_DEEP}`],
    ["too deep by question marks", `projects: []\n${"? ".repeat(50_000)}`, `p.yaml:2:1  ${TOO_DEEP}`],
    ["too deep by indentation", Array.from({ length: 800 }, (_, depth) => `${" ".repeat(depth)}a:\n`).join(""), `p.yaml:202:1  ${TOO_DEEP}`],
  ])("%s", (_, text, report) => {
    expect(reportOf(text)).toBe(report);
  });

  test("words with two meanings, where a text may stand", () => {
    for (const word of ["y", "yes", "no", "on", "off", "ON", "Yes"])
      expect(reportOf(on(`name: blog\n    server: ${word}`))).toBe(`p.yaml:4:13  project "blog"  ${TRUE_OR_TEXT}`);
    expect(reportOf(on('name: blog\n    server: "on"'))).toBeUndefined();
  });

  test("aliases that explode", () => {
    const levels = [..."bcdefghij"].map((name, index) => `${name}: &${name} [${Array(9).fill(`*${"abcdefghij"[index]}`).join(", ")}]`);
    expect(reportOf(`a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n${levels.join("\n")}\nprojects: *j\n`)).toBe(
      "p.yaml:1:1  its aliases (*) stand for too much → write the values",
    );
  });

  test("a mistake in what an anchor stands for is said once", () => {
    expect(reportOf("defaults: {keys: &k {generation: 0}}\nprojects:\n  - {name: blog, architecture: shared, keys: *k}\n  - {name: docs, architecture: shared, keys: *k}\n")).toBe(
      "p.yaml:1:34  defaults  keys.generation must be a generation → write a whole number from 1 to 1000000",
    );
  });

  test("a thousand mistakes do not fill the screen", () => {
    const lines = reportOf(`projects: [${"{},".repeat(1000)}]`)?.split("\n");
    expect(lines).toHaveLength(101);
    expect(lines?.at(-1)).toBe("p.yaml  and 1900 more");
  });
});
