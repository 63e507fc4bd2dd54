import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { stringify } from "yaml";
import { fieldsAt } from "../../../spec/schema.ts";
import { expectedProjects } from "./expected.ts";
import { errorOf, load } from "./reportOf.ts";

const VALID = `# three projects
defaults:
  architecture: shared
  server: prod
  auth: { external: { github: { clientId: all, secret: { fromConfig: github-secret } } } }
projects:
  - name: blog
    domains:
      - api.example.com
  - name: my-docs
    architecture: shared
    keys: { generation: 2 }
    auth:
      siteUrl: "https://docs.example.com"
      uriAllowList: [https://docs.example.com/**, 'myapp://callback']
      disableSignup: true
      smtp:
        host: smtp.example.com
        port: 465
        user: docs
        password: &mail { fromConfig: docs-smtp-password }
        adminEmail: hello@example.com
    services: { realtime: off, studio: always }
    versions: { auth: v2.196.1 }
    limits: { connections: 40, memory: { rest: 512 } }
  - name: shop
    architecture: isolated
    services: { realtime: dedicated, studio: on-demand }
    versions: { storage: v1.74.1 }
    limits: { memory: { storage: 512 } }
`;

/** Either a report whose every line has a place; or all that is written, and nothing else. */
function isReportedOrRead(text: string): "reported" | "read" {
  let projects: unknown;
  const report = errorOf(() => {
    projects = load(text);
  });
  if (report === undefined) {
    expect(projects).toEqual(expectedProjects(text));
    return "read";
  }
  for (const line of report.split("\n")) expect(line).toMatch(/^p\.yaml(?::\d+:\d+(?: {2}(?:defaults|project (?:"[\w.-]+"|\d+)))? {2}\S.* → \S|  and \d+ more$)/);
  return "reported";
}

const lines = VALID.split("\n");
const line = fc.nat(lines.length - 1);
const lineMutation = fc.oneof(
  line.map((at) => lines.toSpliced(at, 1)),
  fc.tuple(line, line).map(([from, to]) => lines.toSpliced(to, 0, lines[from] ?? "")),
  fc.tuple(line, line).map(([one, other]) => lines.with(one, lines[other] ?? "").with(other, lines[one] ?? "")),
  fc.tuple(line, fc.constantFrom("  ", "    ", "\t", "- ", "# ", "")).map(([at, before]) => lines.with(at, before + (lines[at] ?? ""))),
  line.map((at) => lines.with(at, (lines[at] ?? "").replace(/^ {2}/, ""))),
  fc
    .tuple(line, fc.constantFrom("", "~", "yes", "no", "0", "-1", "1e3", "0x1f", "007", "[]", "{}", "x", "*mail", "&mail a", "!!str 1", "'", "{ a: 1 }", "2024-01-01", "<<: *mail"))
    .map(([at, value]) => lines.with(at, (lines[at] ?? "").replace(/(?<=: ).*$/, value))),
).map((mutated) => mutated.join("\n"));

const character = fc.oneof(fc.constantFrom(...": \n-#\"'{}[],&*!|>%@`?~\t\r\\<=./_0123456789abcxyzABC\ufeffé\u200b".split("")), fc.string({ unit: "binary", minLength: 1, maxLength: 1 }));
const edit = fc.record({ at: fc.nat(VALID.length), remove: fc.nat(3), insert: fc.array(character, { maxLength: 2 }) });
const characterMutation = fc
  .array(edit, { minLength: 1, maxLength: 3 })
  .map((edits) => edits.reduce((text, { at, remove, insert }) => text.slice(0, at) + insert.join("") + text.slice(at + remove), VALID));

/** Trees of the file's own words, of all depths and with values of all kinds. */
const words = [...new Set([[], ["defaults"], ["projects", 0], ["defaults", "auth"], ["defaults", "auth", "smtp"], ["defaults", "auth", "smtp", "password"]].flatMap(fieldsAt))];
const value = fc.oneof(fc.constantFrom("blog", "docs", "shared", "isolated", "prod", "a.example.com", "yes", "", null, true, 1, 30, 64.5), fc.string({ unit: "grapheme" }), fc.double());
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof({ maxDepth: 6, depthSize: "small" }, value, fc.array(tie("tree"), { maxLength: 3 }), fc.dictionary(fc.oneof(fc.constantFrom(...words), fc.string()), tie("tree"), { maxKeys: 4 })),
}));
const project = fc.record(
  {
    name: fc.constantFrom("blog", "docs", "shop", "x"),
    architecture: fc.constantFrom("shared", "shared", "isolated"),
    domains: fc.oneof(fc.array(fc.domain(), { maxLength: 2 }), tree),
    server: fc.oneof(fc.constant("prod"), tree),
    keys: fc.record({ generation: fc.oneof(fc.nat(), tree) }, { requiredKeys: [] }),
    auth: fc.oneof(fc.record({ disableSignup: fc.boolean(), siteUrl: fc.webUrl(), uriAllowList: fc.array(fc.webUrl()) }, { requiredKeys: [] }), tree),
    services: fc.oneof(
      fc.record({ realtime: fc.constantFrom("shared", "dedicated", "off"), studio: fc.constantFrom("on-demand", "always", "off") }, { requiredKeys: [] }),
      tree,
    ),
    versions: fc.oneof(fc.record({ auth: fc.constant("v1"), meta: fc.constant("v2") }, { requiredKeys: [] }), tree),
    limits: fc.oneof(fc.record({ connections: fc.integer({ min: 10, max: 310 }) }), tree),
  },
  { requiredKeys: ["name", "architecture"] },
);

describe("any text is reported or read, whole", () => {
  test.each([
    ["lines of a valid file changed", lineMutation, 400],
    ["characters of a valid file changed", characterMutation, 500],
    ["trees", tree.map((each) => stringify(each)), 200],
    ["trees below projects", fc.record({ defaults: tree, projects: fc.array(fc.oneof(project, tree), { maxLength: 3 }) }, { requiredKeys: ["projects"] }).map((each) => stringify(each)), 250],
    ["projects", fc.record({ projects: fc.array(project, { maxLength: 3 }) }).map((each) => stringify(each)), 200],
    ["anything", fc.string({ unit: "binary" }), 200],
  ] as const)("%s", (_, text, numRuns) => {
    fc.assert(fc.property(text, (each) => void isReportedOrRead(each)), { numRuns });
  });

  test("both happen", () => {
    const seen = (text: fc.Arbitrary<string>) => new Set(fc.sample(text, 60).map(isReportedOrRead));
    expect(seen(lineMutation)).toEqual(new Set(["reported", "read"]));
    expect(seen(characterMutation)).toEqual(new Set(["reported", "read"]));
  });

  test("the valid file is read", () => {
    expect(isReportedOrRead(VALID)).toBe("read");
    expect(load(VALID)).toHaveLength(3);
  });
});
