// What is printed to be typed names the stack: typed without it, `restore --all` would replace the projects of another server.
import { afterEach, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { Command } from "commander";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describeBackups } from "../../../../cli/backupContainer.ts";
import { runProgram } from "../../../../cli/indie/commandLine.ts";
import { checkDocker } from "../../../../cli/indie/doctor/containers.ts";
import { checkDatabases, checkInside, checkSession } from "../../../../cli/indie/doctor/databases.ts";
import { checkBackupFiles } from "../../../../cli/indie/doctor/files.ts";
import type { Should } from "../../../../cli/indie/doctor/should.ts";
import { checkTenants } from "../../../../cli/indie/doctor/tenants.ts";
import { createProgram } from "../../../../cli/indie/program.ts";
import { root } from "../../../../cli/layout.ts";
import { lostMessage, settleLostServer } from "../../../../cli/lostServer.ts";
import { reporter } from "../../../../cli/report.ts";
import { requirePresent } from "../../../../images/backup/project.ts";
import { snapshotOf } from "../../../../images/backup/prove.ts";
import { fails, fakeRun, ok } from "../fakeRun.ts";
import { containers } from "./dockerAnswers.ts";
import { dockerOf, labelsOf, postgresOf, insideOf, wellServer } from "./doctor/server.ts";
import { fake, type Fake, type FakeArgs, megabytes } from "./fakeContext.ts";
import { outputs, stackProject } from "./outputs.ts";

/** Each command in a text, as far as it goes. Help is the same for all stacks. */
const commandsIn = (text: string): string[] =>
  [...text.matchAll(/(?:npx indie|npm run (?:up|indie))\b(?:(?!npx |npm )[^\n`,;()])*/g)].map(([command]) => command.split(/\. |\.$/)[0]!.trim()).filter((command) => !command.includes("--help"));

/** That a text has commands, and each of them is for `prod`. */
function expectProd(text: string): void {
  const commands = commandsIn(text);
  expect(commands).not.toEqual([]);
  expect(commands.filter((command) => !/ --stack prod(?: |$)/.test(command))).toEqual([]);
}

test("one that leaves it out is found", () => {
  expect(commandsIn("Next: npx indie up. Back: npx indie resume blog (docs/x.md), or `npm run up -- --stack prod`\nnpx indie add --help")).toEqual(["npx indie up", "npx indie resume blog", "npm run up -- --stack prod"]);
  expect(() => expectProd("Next: npx indie up")).toThrow();
  expect(() => expectProd("nothing to type")).toThrow();
});

const BLOG = "projects:\n  - name: blog\n    architecture: shared\n";
const OLD = `${BLOG}    state: suspended\n`;
const THERE = { pulumi: outputs({ blog: stackProject("blog") }) };
const EMPTY = { pulumi: outputs({}) };
const NEVER = { pulumi: fails("error: no stack named 'prod' found") };
const NO_LOGIN = { pulumi: fails("error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions") };
const STOPPED = { "docker container inspect": ok("false\n") };
const state = (deployment: object) => ({ "pulumi stack export": ok(JSON.stringify({ version: 3, deployment })) });
const STASH = { urn: "urn:pulumi:prod::iv::pulumi:index:Stash::blog-seed", type: "pulumi:index:Stash", custom: true };
const SAVED = JSON.stringify({ shop: { seed: "the-seed", generation: 1, entry: { name: "shop", architecture: "shared" } } });

/** A command line, and the world in which it says what to type. */
const LINES: [line: string, args?: FakeArgs][] = [
  ["init", { text: undefined }],
  ["init --project blog", { text: undefined }],
  ["init"],
  ["add"],
  ["add shop"],
  ["add --architecture shared shop", { answers: { docker: megabytes(16_000) } }],
  ["add blog", { text: OLD }],
  ["list", { text: undefined, answers: NEVER }],
  ["list", { text: "projects: []\n", answers: EMPTY }],
  ["list", { answers: NEVER }],
  ["list", { answers: NO_LOGIN }],
  ["list"],
  ["url", { answers: EMPTY }],
  ["url blog", { answers: EMPTY }],
  ["url blog", { answers: NEVER }],
  ["keys"],
  ["keys blog", { answers: NEVER }],
  ["keys blog"],
  ["link"],
  ["link blog", { answers: NEVER }],
  ["studio blog", { answers: { "pulumi config": ok(), ...THERE } }],
  ["studio shop", { text: "projects: []\n" }],
  ["logs shop", { answers: containers([{ name: "blog-auth-1", service: "auth", project: "blog" }]) }],
  ["suspend"],
  ["suspend blog"],
  ["suspend blog", { text: "projects: []\n" }],
  ["resume blog", { text: OLD }],
  ["remove blog"],
  ["status", { answers: { "docker ps": ok(), "docker info": fails("no"), "docker exec": fails("no"), ...NEVER } }],
  ["status"],
  ["doctor", { answers: NEVER }],
  ["doctor", { answers: state({}) }],
  ["doctor"],
  ["doctor", { answers: state({ resources: [STASH], pending_operations: [{ type: "creating", resource: STASH }] }) }],
  ["backup"],
  ["backup --all blog"],
  ["backup blog", { answers: STOPPED }],
  ["backups", { answers: STOPPED }],
  ["prove"],
  ["restore"],
  ["restore --all blog"],
  ["seeds --from blog"],
  ["seeds", { answers: { "docker exec": ok(SAVED), "pulumi config": ok() } }],
  ["seeds --from blog --as shop", { answers: { "docker exec": ok(SAVED), "pulumi config": ok() } }],
];

/** Of these the words are Pulumi's, Docker's and the container's. */
const OTHERS = ["plan", "up", "rollback", "export", "purge", "completion", "complete"];

let made: Fake | undefined;
const errors: string[] = [];
beforeEach(() => void jest.spyOn(console, "error").mockImplementation((line) => void errors.push(line)));
afterEach(() => {
  jest.restoreAllMocks();
  made?.remove();
  made = undefined;
  errors.length = 0;
});

describe("of the stack prod", () => {
  test("all commands are asked", () => expect([...new Set(LINES.map(([line]) => line.split(" ")[0]!)), ...OTHERS].toSorted()).toEqual(createProgram().commands.map((command) => command.name()).toSorted()));

  test.each(LINES)("indie %s", async (line, args = {}) => {
    const program = createProgram((command: Command) => {
      const { stack, json } = command.optsWithGlobals<{ stack: string; json?: boolean }>();
      made = fake({ text: BLOG, ...args, stack, json });
      return made.context;
    });
    await runProgram(program, [...line.split(" "), "--stack", "prod"]);
    expectProd([...made!.printed, ...made!.noted, ...errors].join("\n"));
  });
});

describe("what doctor finds", () => {
  let should: Should;
  beforeAll(async () => void (should = { ...(await wellServer()), stack: "prod" }));
  const fixes = (findings: { fix: string }[]) => expectProd(findings.map(({ fix }) => fix).join("\n"));
  const tenancy = () => should.tenancies.find(({ database }) => database === "docs")!;

  test("a database, a schema that are gone, a session that is not safe", () => {
    const is = postgresOf(should);
    fixes(checkDatabases(should, { ...is, databases: {} }, false));
    fixes(checkInside(tenancy(), should, { ...insideOf(tenancy()), owners: {} }, is.roles));
    is.databases.docs!.session = [];
    fixes(checkSession(tenancy(), { ...should, commands: [] }, is));
  });

  test("stored files that are gone, a tenant that is not answered for", () => {
    fixes(checkBackupFiles(should, { files: {}, folders: [] }));
    fixes(checkTenants(should, Object.fromEntries(should.realtimeTenants.map(({ urn }) => [urn, { status: 500 }]))));
  });

  test("a container and a network that the state has lost, and that are in use", () => {
    const docker = dockerOf(should);
    const labels = { ...labelsOf({ service: "edge" }), "indie-ventures.stack": "prod" };
    const [network] = docker.networks;
    const stray = { id: "stray", name: "iv-prod-edge", labels, state: "running", health: null, restart: "no", networks: {}, ports: {} };
    const findings = checkDocker(should, { ...docker, containers: [...docker.containers, stray], networks: [...docker.networks, { ...network!, id: "stray", labels }] });
    expect(findings).toHaveLength(2);
    for (const finding of findings) fixes([finding]);
  });
});

describe("of a server that is lost", () => {
  test("what to do, and what to do afterwards", async () => {
    const said = lostMessage("prod", { volume: ["a"], container: [], network: [], role: [], database: [] });
    expectProd(said);
    expect(commandsIn(said)).toEqual(["npm run up -- --stack prod --empty-server", "npm run indie -- restore --all --without-safety-backup --stack prod"]);
    expectProd(await describeBackups({ run: fakeRun({ docker: ok("blog  1-a  manual") }).run, env: {}, stack: "prod" }));
  });

  test("that it is not lost", async () => {
    const settling = settleLostServer({ run: fakeRun({}).run, env: {}, stack: "prod", isEmptyServer: true, report: reporter(() => {}) }, { version: 3, deployment: {} });
    expectProd(await settling.then(String, (error: Error) => error.message));
  });
});

describe("in the backup container", () => {
  const { STACK } = process.env;
  beforeEach(() => void Object.assign(process.env, { STACK: "prod" }));
  afterEach(() => {
    if (STACK === undefined) delete process.env.STACK;
    else process.env.STACK = STACK;
  });

  test.each<[string, () => unknown]>([
    ["a project that is being removed", () => requirePresent({ name: "blog", purgeAfterDays: 14 })],
    ["a backup of an earlier version", () => snapshotOf({ id: "1-a", project: "blog" } as Parameters<typeof snapshotOf>[0], "set")],
  ])("%s", async (_, work) => expectProd(await Promise.resolve().then(work).then(String, (error: Error) => error.message)));

  test("and all its other messages", () => {
    const lines = globSync(join(root, "images", "backup", "*.ts")).flatMap((file) => readFileSync(file, "utf8").split("\n"));
    const messages = lines.filter((line) => !/^\s*(?:\/?\*|\/\/)/.test(line) && /npx indie|npm run (?:up|indie)|\$\{(?:runUp|upCommand)\(/.test(line));
    expect(messages.length).toBeGreaterThan(10);
    expect(messages.filter((line) => !/\$\{(?:onStack\(\)|stackOption\(stack\)|runUp\(\)|upCommand\(stack\))\}|`npm run up\$\{/.test(line))).toEqual([]);
  });
});
