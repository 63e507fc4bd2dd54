import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { addProject } from "../../../../cli/indie/edit/addProject.ts";
import { setState } from "../../../../cli/indie/edit/setState.ts";
import { root } from "../../../../cli/layout.ts";
import { Stop } from "../../../../cli/report.ts";
import { SpecError } from "../../../../spec/error.ts";

const shop = { name: "shop", architecture: "isolated" };
const add = (text: string, entry: Parameters<typeof addProject>[2] = shop) => addProject(text, "projects.yaml", entry);
const suspend = (text: string, name = "blog") => setState(text, "projects.yaml", name, "suspended");

const BLOG = "  - name: blog\n    architecture: shared\n";
const SHOP = "  - name: shop\n    architecture: isolated\n";

describe("a project is added", () => {
  test("to the file of this clone: behind the last entry and its comments, with the blank line that stands between the others", () => {
    const text = readFileSync(join(root, "projects.yaml"), "utf8");
    expect(add(text)).toBe(`${text}\n${SHOP}`);
  });

  test.each([
    ["an entry without a line end", `projects:\n${BLOG.trimEnd()}`, `projects:\n${BLOG}${SHOP.trimEnd()}`],
    [
      "CRLF",
      "projects:\r\n  - name: blog\r\n    architecture: shared\r\n",
      "projects:\r\n  - name: blog\r\n    architecture: shared\r\n  - name: shop\r\n    architecture: isolated\r\n",
    ],
    ["a byte order mark", `\ufeffprojects:\n${BLOG}`, `\ufeffprojects:\n${BLOG}${SHOP}`],
    [
      "dashes at the margin",
      "projects:\n- name: blog\n  architecture: shared\ndefaults: {}\n",
      "projects:\n- name: blog\n  architecture: shared\n- name: shop\n  architecture: isolated\ndefaults: {}\n",
    ],
    [
      "four spaces",
      "projects:\n    -   name: blog\n        architecture: shared\n",
      "projects:\n    -   name: blog\n        architecture: shared\n    -   name: shop\n        architecture: isolated\n",
    ],
    [
      "a comment of the entry, and one that is not",
      `projects:\n${BLOG}    # domains: [x]\n  # - name: old\n\n# end\n`,
      `projects:\n${BLOG}    # domains: [x]\n${SHOP}  # - name: old\n\n# end\n`,
    ],
    ["another field behind", `projects:\n${BLOG}\ndefaults:\n  server: prod\n`, `projects:\n${BLOG}${SHOP}\ndefaults:\n  server: prod\n`],
    [
      "a block of text at the end",
      "projects:\n  - name: blog\n    architecture: |-\n      shared\n",
      "projects:\n  - name: blog\n    architecture: |-\n      shared\n  - name: shop\n    architecture: isolated\n",
    ],
    ["the end of a document", `projects:\n${BLOG}...\n`, `projects:\n${BLOG}${SHOP}...\n`],
    [
      "braces within dashes",
      "projects:\n  - { name: blog, architecture: shared } # c\n",
      "projects:\n  - { name: blog, architecture: shared } # c\n  - { name: shop, architecture: isolated }\n",
    ],
    [
      "brackets",
      "projects: [{name: blog, architecture: shared}] # c\n",
      "projects: [{name: blog, architecture: shared}, {name: shop, architecture: isolated}] # c\n",
    ],
    [
      "brackets with a comma at the end",
      "projects: [ { name: blog, architecture: shared }, ]\n",
      "projects: [ { name: blog, architecture: shared }, { name: shop, architecture: isolated }, ]\n",
    ],
    [
      "brackets over lines",
      "projects: [\n  { name: blog, architecture: shared } # a, b\n]\n",
      "projects: [\n  { name: blog, architecture: shared }, # a, b\n  { name: shop, architecture: isolated }\n]\n",
    ],
    [
      "brackets over lines, with a comma at the end",
      "projects: [\n  { name: blog, architecture: shared }, # a\n]\n",
      "projects: [\n  { name: blog, architecture: shared }, # a\n  { name: shop, architecture: isolated },\n]\n",
    ],
    [
      "JSON",
      '{"projects": [{"name": "blog", "architecture": "shared"}]}',
      '{"projects": [{"name": "blog", "architecture": "shared"}, {"name": "shop", "architecture": "isolated"}]}',
    ],
    [
      "an alias in the last entry",
      "defaults: { server: &s prod }\nprojects:\n  - name: blog\n    architecture: shared\n    server: *s\n",
      `defaults: { server: &s prod }\nprojects:\n  - name: blog\n    architecture: shared\n    server: *s\n${SHOP}`,
    ],
  ])("%s", (_, text, expected) => expect(add(text)).toBe(expected));

  test.each([
    ["nothing", "", `projects:\n${SHOP}`],
    ["only comments", "# mine\n", `# mine\nprojects:\n${SHOP}`],
    ["only the mark of a document", "---\n", `---\nprojects:\n${SHOP}`],
    ["[]", "projects: []\n", `projects:\n${SHOP}`],
    ["[] without a line end", "projects: []", `projects:\n${SHOP.trimEnd()}`],
    ["[] and a comment", "projects: [] # none\n", `projects: # none\n${SHOP}`],
    ["[] and an anchor", "projects: &all []\n", `projects: &all\n${SHOP}`],
    [
      "[] in the middle",
      "projects: []\ndefaults:\n    server: prod\n",
      `projects:\n${SHOP.replaceAll(/^ {2}/gm, "    ")}defaults:\n    server: prod\n`,
    ],
    ["brackets with a comment", "projects: [ # none\n]\n", "projects: [ # none\n  { name: shop, architecture: isolated }\n]\n"],
    ["[] in JSON", '{"projects": []}', '{"projects": [{"name": "shop", "architecture": "isolated"}]}'],
    ["no value", "projects:\n# end\n", `projects:\n${SHOP}# end\n`],
    ["null", "projects: null\n", `projects:\n${SHOP}`],
    ["only defaults", "defaults:\n  server: prod\n", `defaults:\n  server: prod\n\nprojects:\n${SHOP}`],
  ])("where there was none: %s", (_, text, expected) => expect(add(text)).toBe(expected));

  test("with all its fields, and in quotes where a word would be read as something else", () =>
    expect(add("projects: []\n", { name: "off", server: "1.5", domains: ["a.example.com", "bücher.example"] })).toBe(
      'projects:\n  - name: "off"\n    server: "1.5"\n    domains: [a.example.com, bücher.example]\n',
    ));
});

describe("a state is written", () => {
  test.each([
    ["below the architecture", `projects:\n${BLOG}    domains: []\n`, `projects:\n${BLOG}    state: suspended\n    domains: []\n`],
    [
      "below the name, where the architecture is the defaults'",
      "projects:\n  - name: blog # c\n  - name: docs\n",
      "projects:\n  - name: blog # c\n    state: suspended\n  - name: docs\n",
    ],
    ["in the place of another one", `projects:\n${BLOG}    state: removed   # c\n`, `projects:\n${BLOG}    state: suspended   # c\n`],
    ["in quotes, where it was", `projects:\n${BLOG}    state: "removed"\n`, `projects:\n${BLOG}    state: "suspended"\n`],
    [
      "in the place of an alias",
      "defaults: { server: &s removed }\nprojects:\n  - { name: blog, state: *s }\n",
      "defaults: { server: &s removed }\nprojects:\n  - { name: blog, state: suspended }\n",
    ],
    [
      "at the margin, CRLF, without a line end",
      "projects:\r\n- name: blog\r\n  architecture: shared",
      "projects:\r\n- name: blog\r\n  architecture: shared\r\n  state: suspended",
    ],
    ["in braces", "projects: [{name: blog, architecture: shared}]\n", "projects: [{name: blog, architecture: shared, state: suspended}]\n"],
    ["in JSON", '{"projects": [{"name": "blog"}]}', '{"projects": [{"name": "blog", "state": "suspended"}]}'],
    [
      "of the project whose name is an alias",
      "defaults: { server: &n blog }\nprojects:\n  - name: *n\n    architecture: shared\n",
      "defaults: { server: &n blog }\nprojects:\n  - name: *n\n    architecture: shared\n    state: suspended\n",
    ],
    ["below a name in a block", "projects:\n  - name: >-\n      blog\n", "projects:\n  - name: >-\n      blog\n    state: suspended\n"],
  ])("%s", (_, text, expected) => expect(suspend(text)).toBe(expected));

  test("that it has already: nothing changes, also where it is only the default", () => {
    const text = `projects:\n${BLOG}    state: suspended\n  - name: docs\n`;
    expect(suspend(text)).toBe(text);
    expect(setState(text, "projects.yaml", "docs", "present")).toBe(text);
  });
});

describe("what can not be edited without touching anything else is refused, with what to write by hand", () => {
  test.each([
    ["an anchor that another project uses", `projects:\n${BLOG}    state: &s removed\n  - name: docs\n    state: *s\n`],
    ["a state in a block", `projects:\n${BLOG}    state: >-\n      removed\n`],
    ["an entry that is an alias", "defaults: { server: &b { name: blog } }\nprojects: [*b]\n"],
    ["a list that is an alias", "defaults: { server: &b [ { name: blog } ] }\nprojects: *b\n"],
    ["no list", "projects: { name: blog }\n"],
  ])("%s", (_, text) => {
    expect(() => suspend(text)).toThrow(
      new Stop(
        "projects.yaml is written in a way that this command does not edit. Nothing was changed. Write it there by hand:\nprojects:\n  - name: blog\n    state: suspended",
      ),
    );
  });

  test.each([
    ["a list that is an alias", "defaults: { server: &b [ { name: blog } ] }\nprojects: *b\n"],
    ["braces without the field", "{}"],
    ["no fields", "- blog\n"],
    ["a text", "blog\n"],
  ])("an entry into %s", (_, text) => expect(() => add(text)).toThrow(/^projects\.yaml is written in a way[^]*- name: shop/));

  test.each([
    ["a tab", "projects:\n\t- name: blog\n"],
    ["an open bracket", "projects: [\n"],
  ])("what is no YAML is reported as everywhere: %s", (_, text) => {
    expect(() => add(text)).toThrow(SpecError);
    expect(() => suspend(text)).toThrow(SpecError);
  });
});
