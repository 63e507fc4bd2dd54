// Any file of projects, as people write them: an edit changes what it says it does, and not one byte beside it.
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { parse } from "yaml";
import { addProject } from "../../../../cli/indie/edit/addProject.ts";
import { setState } from "../../../../cli/indie/edit/setState.ts";
import { nameMistake } from "../../../../spec/names.ts";
import { type Project, STATES } from "../../../../spec/project.ts";

const name = fc.stringMatching(/^[a-z][a-z0-9]{2,6}(-[a-z0-9]{1,4})?$/).filter((text) => nameMistake(text) === undefined);
/** As the file spells a state. */
const QUOTES: ((word: string) => string)[] = [(word) => word, (word) => `'${word}'`, (word) => `"${word}"`];

const written = fc.record({
  architecture: fc.constantFrom("shared", "isolated"),
  state: fc.option(fc.record({ word: fc.constantFrom(...STATES), quote: fc.constantFrom(...QUOTES) }), { nil: undefined }),
  domains: fc.boolean(),
  comments: fc.subarray(["name", "inside", "behind"]),
});

const style = fc.record({
  form: fc.constantFrom("block", "braces", "brackets", "lines", "lines,"),
  newline: fc.constantFrom("\n", "\r\n"),
  start: fc.constantFrom("", "\ufeff"),
  dash: fc.constantFrom(0, 2, 4),
  gap: fc.constantFrom(1, 3),
  blank: fc.boolean(),
  end: fc.boolean(),
  defaults: fc.constantFrom("none", "before", "behind"),
  comment: fc.boolean(),
});

type Entry = typeof written extends fc.Arbitrary<infer T> ? T & { name: string } : never;
type Style = typeof style extends fc.Arbitrary<infer T> ? T : never;

const blockEntry = ({ name: of, architecture, state, domains, comments }: Entry, { dash, gap }: Style): string[] => {
  const margin = " ".repeat(dash + 1 + gap);
  const has = (where: string) => comments.includes(where);
  return [
    `${" ".repeat(dash)}-${" ".repeat(gap)}name: ${of}${has("name") ? " # its name, [{" : ""}`,
    ...(has("inside") ? [`${margin}# inside: yes`] : []),
    `${margin}architecture: ${architecture}`,
    ...(state === undefined ? [] : [`${margin}state: ${state.quote(state.word)}   # state`]),
    ...(domains ? [`${margin}domains:`, `${margin}- ${of}.example.com`] : []),
    ...(has("behind") ? [`${margin}# limits: {}`] : []),
  ];
};

const flowEntry = ({ name: of, architecture, state, domains }: Entry): string =>
  `{ name: ${of}, architecture: ${architecture}${state === undefined ? "" : `, state: ${state.quote(state.word)}`}${domains ? `, domains: [${of}.example.com]` : ""} }`;

function projects(entries: Entry[], how: Style): string[] {
  if (entries.length === 0) return ["projects: []"];
  const flow = entries.map(flowEntry);
  if (how.form === "brackets") return [`projects: [${flow.join(", ")}]`];
  if (how.form === "lines" || how.form === "lines,")
    return [
      "projects: [",
      ...flow.map((each, index) => `    ${each}${index < flow.length - 1 || how.form === "lines," ? "," : ""} # ${index}, x`),
      "  ]",
    ];
  if (how.form === "braces") return ["projects:", ...flow.map((each) => `${" ".repeat(how.dash)}- ${each}`)];
  return ["projects:", ...entries.flatMap((each, index) => [...(how.blank && index > 0 ? [""] : []), ...blockEntry(each, how)])];
}

function render(entries: Entry[], how: Style): string {
  const defaults = how.defaults === "none" ? [] : ["# of all", "defaults:", "  server: prod # the stack"];
  const comment = how.comment ? ["", "# a line at the margin"] : [];
  const list = projects(entries, how);
  const lines = how.defaults === "before" ? [...defaults, ...list, ...comment] : [...list, ...comment, ...defaults];
  return how.start + lines.join(how.newline) + (how.end ? how.newline : "");
}

const file = fc
  .tuple(fc.uniqueArray(fc.tuple(name, written), { selector: ([of]) => of, maxLength: 5 }), style)
  .map(([pairs, how]) => ({ entries: pairs.map(([of, fields]) => ({ ...fields, name: of })), how }));

const valueOf = (text: string) => parse(text.replace(/^\ufeff/, "")) as { projects: { name: string; state?: string }[] };

/** How many characters at the beginning and at the end are the same. */
function same(left: string, right: string): number {
  const most = Math.min(left.length, right.length);
  let start = 0;
  while (start < most && left[start] === right[start]) start++;
  let end = 0;
  while (end < most - start && left.at(-1 - end) === right.at(-1 - end)) end++;
  return start + end;
}

/** Whether a text is the other one with something put in here and there. */
function isWithin(short: string, long: string): boolean {
  let at = 0;
  for (const character of long) if (character === short[at]) at++;
  return at === short.length;
}

test("a project that is added is there, and nothing else is changed", () => {
  fc.assert(
    fc.property(
      file,
      name,
      fc.constantFrom("shared", "isolated"),
      fc.array(fc.constantFrom("a.example.com", "bücher.example"), { maxLength: 2 }),
      ({ entries, how }, added, architecture, domains) => {
        fc.pre(!entries.some((each) => each.name === added));
        const text = render(entries, how);
        const edited = addProject(text, "p.yaml", { name: added, architecture, domains });
        const before = valueOf(text);
        expect(valueOf(edited)).toEqual({
          ...before,
          projects: [...before.projects, { name: added, architecture, ...(domains.length === 0 ? {} : { domains }) }],
        });
        // `[]` gives way to a list; a list over lines gets a comma too.
        if (entries.length === 0) expect(same(text, edited)).toBeGreaterThanOrEqual(text.length - " []".length);
        else if (how.form === "lines") expect(isWithin(text, edited)).toBe(true);
        else expect(same(text, edited)).toBe(text.length);
        if (text.includes("\r\n")) expect(edited.replaceAll("\r\n", "")).not.toContain("\n");
        else expect(edited).not.toContain("\r");
      },
    ),
    { numRuns: 200 },
  );
});

test("a state that is written is there, twice is once, and nothing else is changed", () => {
  fc.assert(
    fc.property(file, fc.nat(), fc.constantFrom(...STATES), ({ entries, how }, which, state: Project["state"]) => {
      fc.pre(entries.length > 0);
      const entry = entries[which % entries.length]!;
      const text = render(entries, how);
      const edited = setState(text, "p.yaml", entry.name, state);
      const before = valueOf(text);
      const isSame = (entry.state?.word ?? "present") === state;
      expect(valueOf(edited)).toEqual({
        ...before,
        projects: before.projects.map((each) => (each.name === entry.name && !isSame ? { ...each, state } : each)),
      });
      expect(same(text, edited)).toBeGreaterThanOrEqual(text.length - (entry.state === undefined ? 0 : entry.state.word.length + 2));
      expect(setState(edited, "p.yaml", entry.name, state)).toBe(edited);
    }),
    { numRuns: 200 },
  );
});

test("a project that is added, and then suspended and brought back, is as it was added", () => {
  fc.assert(
    fc.property(file, ({ entries, how }) => {
      fc.pre(!entries.some((each) => each.name === "shop"));
      const added = addProject(render(entries, how), "p.yaml", { name: "shop", architecture: "shared" });
      const back = setState(setState(added, "p.yaml", "shop", "suspended"), "p.yaml", "shop", "present");
      expect(valueOf(back).projects.at(-1)).toEqual({ name: "shop", architecture: "shared", state: "present" });
      expect(same(added, back)).toBe(added.length);
    }),
    { numRuns: 100 },
  );
});
