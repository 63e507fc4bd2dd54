// What --json prints is what the published schemas say; checked by another reader of JSON schemas than the one that made them.
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { Ajv } from "ajv";
import { readFileSync } from "node:fs";
import { runProgram } from "../../../../cli/indie/commandLine.ts";
import { OUTPUTS, PRINTED_BY, renderOutputSchema } from "../../../../cli/indie/json.ts";
import { createProgram } from "../../../../cli/indie/program.ts";
import type { ListedBackup } from "../../../../images/backup/listed.ts";
import { fails, ok } from "../fakeRun.ts";
import { ALL_PROJECTS, fake, type Fake, type FakeArgs, megabytes } from "./fakeContext.ts";
import { outputs, stackProject, STUDIO } from "./outputs.ts";
import { HEALTHY } from "./status/server.ts";

type Output = keyof typeof OUTPUTS;

const published = (output: Output) => readFileSync(new URL(`../../../../schema/indie-${output}.schema.json`, import.meta.url), "utf8");

const ajv = new Ajv({ formats: { uri: (text: string) => URL.canParse(text) } });
const validators = new Map((Object.keys(OUTPUTS) as Output[]).map((output) => [output, ajv.compile(JSON.parse(published(output)))]));

const TEXT =
  "projects:\n  - { name: blog, architecture: shared, domains: [a.example.com] }\n  - { name: docs, architecture: shared, state: suspended }\n";
const THERE = { pulumi: outputs({ blog: stackProject("blog"), shop: stackProject("shop", { architecture: "isolated", studio: STUDIO }) }) };

const fakes: Fake[] = [];
beforeEach(() => void jest.spyOn(console, "error").mockReturnValue());
afterEach(() => {
  jest.restoreAllMocks();
  fakes.splice(0).forEach((each) => each.remove());
});

/** What a command prints on stdout, which is all that it prints, read as JSON. */
async function printed(line: string, args: FakeArgs = {}): Promise<unknown> {
  const made = fake({ text: TEXT, ...args, json: true });
  fakes.push(made);
  expect(
    await runProgram(
      createProgram(() => made.context),
      line.split(" "),
    ),
  ).toBe(0);
  return JSON.parse(made.printed.join("\n"));
}

test.each(Object.keys(OUTPUTS) as Output[])("the schema of %s is the one in schema/: else run `npm run schema`", (output) =>
  expect(published(output)).toBe(renderOutputSchema(output)),
);

test("each command with --json has its schema", () => {
  const commands = createProgram()
    .commands.filter(({ options }) => options.some(({ long }) => long === "--json"))
    .map((command) => command.name());
  expect(Object.values(PRINTED_BY).flat().sort()).toEqual(commands.sort());
});

/** What the backup container prints (images/backup/listed.ts). */
const BACKUP: ListedBackup = { project: "blog", id: "20261123T190511Z", stack: "dev", kind: "scheduled", begun: "2026-11-23T19:05:11.000Z", proven: "2026-11-23T19:06:00.000Z", fault: null, dumpBytes: 9, objects: 1 };
const LISTED = { "docker container inspect": ok("true\n"), "docker exec": ok(`${JSON.stringify([BACKUP, { ...BACKUP, proven: null, fault: "its proof did not end" }])}\n`) };
const roomy = { docker: megabytes(16_000) };
const LINKED = { ...THERE, "git -C": ok() };
const STUDIOS = { ...roomy, "pulumi config": ok(), ...THERE };
const NAMED = `${ALL_PROJECTS}  indie-ventures:studio: blog\n`;
const CASES: [Output, string, FakeArgs][] = [
  ["change", "add --architecture isolated shop", { answers: roomy }],
  ["change", "add --architecture isolated shop", {}],
  ["change", "add --architecture shared --domain a.example.com blog", {}],
  ["change", "add --architecture shared --server other shop", { stackFile: "", text: "projects: []\n" }],
  ["change", "remove blog", {}],
  ["change", "suspend blog", {}],
  ["change", "suspend docs", {}],
  ["change", "resume docs", { answers: roomy }],
  ["list", "list", { answers: THERE }],
  ["list", "list", { answers: { pulumi: fails("error: no stack named 'dev' found") } }],
  ["url", "url", { answers: THERE }],
  ["url", "url shop", { answers: THERE }],
  ["keys", "keys blog", { answers: THERE }],
  ["keys", "keys shop", { answers: THERE }],
  ["keys", "keys blog publishableKey", { answers: THERE }],
  ["keys", "keys shop dbUrl", { answers: THERE }],
  ["link", "link blog", { answers: LINKED }],
  ["studio", "studio blog", { answers: STUDIOS }],
  ["studio", "studio blog", { answers: { "pulumi config": ok(), ...THERE } }],
  ["studio", "studio blog --off", { answers: STUDIOS }],
  ["studio", "studio blog --off", { answers: STUDIOS, stackFile: NAMED }],
  ["status", "status", { answers: HEALTHY }],
  ["backups", "backups", { answers: LISTED }],
  ["backups", "backups blog", { answers: { ...LISTED, "docker exec": ok("[]\n") } }],
];

test("status, where nobody answers: the exit code says so, and the document is whole", async () => {
  const made = fake({ text: TEXT, json: true });
  fakes.push(made);
  expect(await runProgram(createProgram(() => made.context), ["status", "--json"])).toBe(1);
  const validate = validators.get("status")!;
  expect([validate(JSON.parse(made.printed.join("\n"))), validate.errors]).toEqual([true, null]);
});

test.each(CASES)("%s: indie %s --json", async (output, line, args) => {
  const validate = validators.get(output)!;
  const json = await printed(`${line} --json`, args);
  expect([validate(json), validate.errors]).toEqual([true, null]);
});

describe("what it says", () => {
  test("add", async () => {
    expect(await printed("add --architecture isolated shop --json", { answers: roomy })).toEqual({
      file: "projects.yaml",
      project: "shop",
      changed: true,
      architecture: "isolated",
      state: "present",
      domains: [],
      memory: { added: expect.any(Number), needed: expect.any(Number), available: 16_000 },
    });
    expect(await printed("add --architecture shared --domain a.example.com blog --json")).toEqual({
      file: "projects.yaml",
      project: "blog",
      changed: false,
      architecture: "shared",
      state: "present",
      domains: ["a.example.com"],
    });
  });

  test("list", async () => {
    expect(await printed("list --json", { answers: THERE })).toEqual({
      stack: "dev",
      isUp: true,
      projects: [
        { name: "blog", url: "http://blog.localhost", architecture: "shared", state: "present", domains: ["a.example.com"], pending: "changed" },
        { name: "docs", url: "http://docs.localhost", architecture: "shared", state: "suspended", domains: [], pending: "new" },
        { name: "shop", url: "http://shop.localhost", architecture: "isolated", state: "present", domains: [], pending: "gone" },
      ],
    });
  });

  test("backups", async () => {
    expect(await printed("backups --json", { answers: LISTED })).toMatchObject({ stack: "dev", backups: [BACKUP, { proven: null }] });
  });

  test("url and keys", async () => {
    expect(await printed("url shop --json", { answers: THERE })).toEqual({
      stack: "dev",
      projects: [{ name: "shop", url: "http://shop.localhost", domains: [], studioUrl: STUDIO.url }],
    });
    expect(await printed("keys shop --json", { answers: THERE })).toMatchObject({
      name: "shop",
      url: "http://shop.localhost",
      secretKey: "sb_secret_shop",
      studio: STUDIO,
    });
  });
});

test("link: names, and never a value", async () => {
  const said = await printed("link blog --secrets --framework vite --json", { answers: LINKED });
  expect(said).toEqual({
    stack: "dev",
    project: "blog",
    file: expect.stringMatching(/^\/.*\/\.env\.local$/),
    changed: true,
    variables: ["VITE_SUPABASE_URL", "VITE_SUPABASE_PUBLISHABLE_KEY", "VITE_SUPABASE_ANON_KEY", "SUPABASE_SECRET_KEY", "SUPABASE_SERVICE_ROLE_KEY", "DATABASE_URL"],
  });
  const { url, state, architecture, domains, backups, database, ...values } = stackProject("blog");
  for (const value of Object.values(values)) expect(JSON.stringify(said)).not.toContain(value);
});

test("studio: what was set, and what the next up does", async () => {
  const [memory, url] = [{ added: expect.any(Number), needed: expect.any(Number), available: 16_000 }, "http://studio.blog.localhost"];
  expect(await printed("studio blog --json", { answers: STUDIOS })).toEqual({ stack: "dev", project: "blog", on: true, changed: true, pending: true, url, memory });
  expect(await printed("studio blog --json", { answers: STUDIOS, stackFile: NAMED })).toEqual({ stack: "dev", project: "blog", on: true, changed: false, pending: true, url });
  expect(await printed("studio blog --off --json", { answers: STUDIOS })).toEqual({ stack: "dev", project: "blog", on: false, changed: false, pending: false });
});

test("a schema refuses what it does not know", () => {
  for (const validate of validators.values()) expect(validate({ more: true })).toBe(false);
});
