// docs/troubleshooting.md says what the program says: each message of its first table is provoked here, or in the test that is named.
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { execa } from "execa";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { mendBackend } from "../../../cli/backend.ts";
import { decideDocker, type DockerFound } from "../../../cli/decide.ts";
import { root } from "../../../cli/layout.ts";
import { settleLostServer } from "../../../cli/lostServer.ts";
import { recover } from "../../../cli/recover.ts";
import { failed, reporter } from "../../../cli/report.ts";
import { checkDisk } from "../../../cli/steps/checks.ts";
import { dockerStep, install, start } from "../../../cli/steps/docker.ts";
import { imagesStep } from "../../../cli/steps/images.ts";
import { pluginsStep, pulumiStep } from "../../../cli/steps/pulumi.ts";
import { explainPassphrase, selectStack } from "../../../cli/steps/stack.ts";
import { stateStep } from "../../../cli/steps/state.ts";
import type { Ran } from "../../../cli/run.ts";
import { parseStackFile } from "../../../cli/stackFile.ts";
import { ToolEnvironment } from "../../../cli/tools.ts";
import { renderRepositoryEnvironment } from "../../../components/backups.ts";
import { twinsMessage } from "../../../components/equalKeys.ts";
import { readManualCertificates } from "../../../components/manualCertificates.ts";
import { renderPostgresRestart } from "../../../components/postgresRestart.ts";
import { requireSame } from "../../../components/projectKeys.ts";
import { removedMessage } from "../../../components/removedProjects.ts";
import { requireDocker } from "../../../components/server/requireDocker.ts";
import { requirePorts } from "../../../components/server/requirePorts.ts";
import { requireStateRoom } from "../../../components/server/requireStateRoom.ts";
import { loadSpec, tooSmall } from "../../../spec/index.ts";
import { readStackConfig } from "../../../spec/stackConfig.ts";
import { readPage } from "../../lib/docs/pages.ts";
import { fails, fakeRun, missing, ok } from "../cli/fakeRun.ts";
import { PROJECT } from "../lib/program.ts";

const page = readPage("docs/troubleshooting.md");
const table = page.slice(page.indexOf("| it begins with |"), page.indexOf("## It works"));
/** As the page writes them, without the marks of code. */
const documented = [...table.matchAll(/^\| (?:`` (.+?) ``|`([^`]+)`) \| /gm)].map(([, double, single]) => (double ?? single)!);

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "troubleshooting-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const report = reporter(() => {});
const docker = (found: Partial<DockerFound>) =>
  decideDocker({
    ...{ cli: true, answers: false, said: "", endpoint: "unix:///var/run/docker.sock", dockerd: false, isRoot: false, systemd: true, platform: "linux", distribution: ["debian"] },
    ...found,
  } as DockerFound);
const state = (salted = false) => stateStep({ report, env: { HOME: folder }, stack: "dev", stackFile: { salted, config: {}, secrets: [] }, stateDir: folder });
const settings = (config: Record<string, string>) => readStackConfig((key) => config[key], "dev");
const recovering = (answers: Parameters<typeof fakeRun>[0]) =>
  recover({ run: fakeRun({ "docker ps": ok(), ...answers }).run, env: { PULUMI_BACKEND_URL: `file://${folder}` }, stack: "dev", report, endOrphans: async () => {} });
const interrupted = (type: string) =>
  ok(JSON.stringify({ version: 3, deployment: { resources: [], pending_operations: [{ type: "creating", resource: { urn: `urn:pulumi:dev::iv::${type}::blog`, type, custom: true, inputs: { name: "blog" } } }] } }));

/** `npm run up` where the state knows of a volume, and the engine of what it is told. */
const lost = (isEmptyServer: boolean, there: string | Ran) =>
  settleLostServer(
    { run: fakeRun({ docker: typeof there === "string" ? ok(there) : there }).run, env: { XDG_STATE_HOME: folder }, stack: "dev", isEmptyServer, report },
    { version: 3, deployment: { resources: [{ urn: "urn:pulumi:dev::iv::docker:index/volume:Volume::data", type: "docker:index/volume:Volume", custom: true, inputs: { name: "iv-dev-data" } }] } },
  );

/** Pulumi's own steps, where it can be downloaded and nothing stands in for it. */
const parts = (answers: Parameters<typeof fakeRun>[0], downloads = true) => ({ report, run: fakeRun(answers).run, tools: new ToolEnvironment({ PATH: "/bin" }, "/bin/node"), downloads: async () => downloads });

/** An engine that is started, as root on Debian, and does not answer all the same. */
async function startedInVain(): Promise<unknown> {
  write("bin/dockerd", "#!/bin/sh\n");
  chmodSync(join(folder, "bin", "dockerd"), 0o755);
  const { getuid } = process;
  process.getuid = () => 0;
  const { run } = fakeRun({ "docker info": fails("no such file"), "docker context": ok("unix:///var/run/docker.sock"), "docker version": ok(), dockerd: ok("Docker version 29.1.3"), systemctl: ok() });
  return dockerStep(report, run, {}, join(folder, "state"), async () => ({ programs: join(folder, "bin"), args: [] })).finally(() => (process.getuid = getuid));
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** cli/start.mjs as it begins in another clone, or under another Node. Gives what it said. */
async function starting({ args = ["up"], preload, npm }: { args?: string[]; preload?: string; npm?: string }): Promise<string> {
  cpSync(join(root, "cli", "start.mjs"), join(folder, "cli", "start.mjs"));
  write("cli/up.ts", "");
  write("package-lock.json", '{ "packages": {} }');
  if (npm !== undefined) {
    write("bin/npm", npm);
    chmodSync(join(folder, "bin", "npm"), 0o755);
  }
  const words = preload === undefined ? [] : ["--import", `data:text/javascript,${encodeURIComponent(preload)}`];
  const ran = await execa(process.execPath, [...words, join(folder, "cli", "start.mjs"), ...args], { env: { PATH: `${join(folder, "bin")}:/usr/bin:/bin`.replace(npm === undefined ? ":/usr/bin:/bin" : "", "") }, extendEnv: false, reject: false });
  expect(ran.exitCode).toBe(1);
  return ran.stderr;
}

/** Where somebody listens. */
async function takenPort<T>(use: (port: number) => Promise<T>): Promise<T> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address() as { port: number };
  return use(address.port).finally(() => new Promise((resolve) => server.close(resolve)));
}

/** A file system without room for anything. */
const FULL = "/proc";

/** Provoked by a test that needs an engine: its file and its title. */
interface Elsewhere {
  file: string;
  title: string;
}

const PROVOKED: Record<string, (() => unknown) | Elsewhere> = {
  "Node … or newer is needed, this is …, and npm carries no Node for …": () =>
    starting({ preload: 'for (const [name, value] of [["version", "v20.0.0"], ["platform", "freebsd"]]) Object.defineProperty(process, name, { value })' }),
  "`npm …` failed (…):": () => starting({ npm: "#!/bin/sh\necho no network >&2\nexit 1\n" }),
  "npm did not start: …": () => starting({}),
  'There is no command "…".': () => starting({ args: ["upp"] }),
  "… are gone from the file, but the data are on this server and protected.": () => removedMessage(["blog", "docs"], [], { stack: "dev", projectsFile: "projects.yaml" }),
  "projects.yaml  can not be read (…)": () =>
    loadSpec({
      stack: "dev",
      get: () => undefined,
      readFile: (path) => readFileSync(join(folder, path), "utf8"),
      readFolder: () => [],
    }),
  "projects.yaml:…:…": () => loadSpec({ stack: "dev", get: () => undefined, readFile: () => "projects:\n  - name: blog\n", readFolder: () => [] }),
  "… have the same keys, and at the common host": () => twinsMessage(["blog", "copy"], { stack: "dev", projectsFile: "projects.yaml" }),
  "A disk is full: …": () => {
    const print = jest.spyOn(console, "error").mockReturnValue();
    failed(Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" }));
    const said = print.mock.calls.join("\n");
    print.mockRestore();
    return said;
  },
  'Another update of the stack "…" is under way: …': () => {
    write(".pulumi/locks/organization/indie-ventures/dev/1.json", JSON.stringify({ pid: 1, username: "ada", hostname: "elsewhere", timestamp: "now" }));
    return recovering({});
  },
  "`apt-get …` failed:": () => install(fakeRun({ "apt-get update": fails("Temporary failure resolving") }).run),
  'The stack "…" is locked, and the lock does not say by whom': () => {
    write(".pulumi/locks/organization/indie-ventures/dev/1.json", "{");
    return recovering({});
  },
  "Docker does not answer, though it was …": startedInVain,
  "Docker does not tell what is on the server:": () => lost(false, fails("Cannot connect")),
  "Docker at … does not answer.": () => docker({ endpoint: "tcp://vm:2376" }),
  "Docker does not answer": () => requireDocker("dev", async () => ({ failed: true, stdout: "", said: "no such host" })),
  "Docker does not answer. Install Docker Desktop": () => docker({ platform: "darwin" }),
  "Docker runs, but this user may not use it.": () => docker({ said: "permission denied while trying to connect" }),
  "No Docker Engine answers.": () => docker({ cli: false }),
  "dockerd did not start": async () => {
    write("bin/dockerd", "#!/bin/sh\nexit 1\n");
    chmodSync(join(folder, "bin", "dockerd"), 0o755);
    await start(fakeRun({ "docker version": fails("no") }).run, join(folder, "state"), { programs: join(folder, "bin"), args: [] });
  },
  "--empty-server is for a server that is lost, and …": () => lost(true, "iv-dev-edge"),
  'Nothing of the stack "…" is on this Docker Engine': () => lost(false, ""),
  "error: incorrect passphrase": { file: "test/e2e/badInput.test.ts", title: "a wrong passphrase" },
  "The passphrase (from …) is not the one that this stack's secrets were encrypted with.": () => explainPassphrase("error: incorrect passphrase", {}),
  "This stack's secrets are encrypted, and no passphrase is set.": () => explainPassphrase("passphrase must be set", {}),
  "indie-ventures:…  has no … and no …, which a repository by SFTP needs": () => renderRepositoryEnvironment({}, "sftp:me@example.com:/backups"),
  "indie-ventures:…  … can not be read, and … needs it": () => readManualCertificates(["blog.example.com"], { stack: "prod", tls: { issuer: "manual", server: "", certificates: folder } }),
  "indie-ventures:…  is …, and no certificate authority gives": () => settings({ tls: '{"issuer":"letsencrypt","email":"you@example.com"}' }),
  "indie-ventures:…  is missing: it opens the backups in …": () => settings({ backupRepository: "/mnt/backups" }),
  "indie-ventures:…  is the same as httpPort, …": () => settings({ httpPort: "5432" }),
  "indie-ventures:…  must be …, not …": () => settings({ gateway: "nginx" }),
  "Nothing was changed: …: only you can tell": () => recovering({ "pulumi stack export": interrupted("aws:s3:Bucket") }),
  "Postgres (container …) does not answer, and without it the interrupted update can not be put in order": () =>
    recovering({ "pulumi stack export": interrupted("postgresql:index/database:Database"), docker: fails("no such container") }),
  "Nothing was deleted: this stack protects its data": { file: "test/e2e/protection.test.ts", title: "destroy deletes nothing and says what to do" },
  "Port … is taken by …": () => takenPort((port) => requirePorts("dev", [{ key: "httpPort", address: "127.0.0.1", port }], async () => ({ failed: false, stdout: "", said: "" }))),
  '"…": Pulumi\'s state has another seed of its keys than the server': () => requireSame({ project: "blog", stack: "dev" }, "one", "another"),
  "Pulumi.….yaml is not YAML: …": () => parseStackFile("config: [", "Pulumi.dev.yaml"),
  "Pulumi.….yaml was encrypted with a passphrase": () => state(true),
  "The disk of Docker (…) has … MB left": () => checkDisk(fakeRun({ "docker info": ok(FULL) }).run),
  "The disk with Pulumi's state (…) has … MB left": () => requireStateRoom(`file://${FULL}`),
  "The image … can not be pulled:": () =>
    imagesStep({
      report,
      run: fakeRun({ "docker image inspect": fails("No such image"), "docker pull --quiet x/postgrest": ok(), "docker pull": fails("manifest unknown") }).run,
      images: { postgres: "x/postgres:17", rest: "x/postgrest:v16" },
      configured: undefined,
    }),
  "The projects of this server may take … MB of memory, and it has … MB.": () => tooSmall([PROJECT], 1000, "projects.yaml"),
  "The Pulumi CLI … or newer is needed, and get.pulumi.com can not be reached.": () =>
    pulumiStep(parts({ pulumi: missing, "/": missing }, false)),
  "Pulumi's installer failed: …": () => {
    jest.unstable_mockModule("@pulumi/pulumi/automation/cmd.js", () => ({ PulumiCommand: { install: () => Promise.reject(new Error("no space left")) } }));
    return pulumiStep(parts({ pulumi: missing, "/": missing }));
  },
  "Pulumi's plugin … could not be installed:": () => pluginsStep(parts({ "pulumi plugin ls": ok("[]"), "pulumi plugin install": fails("checksum mismatch") })),
  "The images can not be pulled.": () =>
    imagesStep({ report, run: fakeRun({ "docker image inspect": fails("No such image"), "docker pull": fails("no such host") }).run, images: { rest: "x/postgrest:v16" }, configured: undefined }),
  'The stack "…" can not be selected:': () => selectStack({ run: fakeRun({ pulumi: fails("no backend") }).run, env: {}, stack: "dev" }),
  'The stack "…" of this computer belongs to the clone in …': () => {
    write("other/Pulumi.yaml", "");
    write("dev.clone", join(folder, "other"));
    return state();
  },
  'The state of the stack "…" is damaged, as by a full disk, and so are its copies': () => {
    write(".pulumi/stacks/indie-ventures/dev.json", "{");
    return mendBackend(folder, "dev");
  },
  "This update restarts Postgres, as the projects in the file need it: …": () => renderPostgresRestart({ max_connections: "600" }, { max_connections: 1200 }),
  "unable to pull image …": { file: "test/e2e/badInput.test.ts", title: "an image of %s that can not be pulled: its name, and the old containers go on" },
};

/** Of the test with that title, up to the next one. */
function bodyOf({ file, title }: Elsewhere): string {
  const [, body] = readFileSync(join(root, file), "utf8").split(title);
  expect([file, title, body]).toEqual([file, title, expect.any(String)]);
  return body!.split(/^ *(?:test|describe)\b/m)[0]!;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
/** The mark before it, and which projects it names, may come first. */
const asPattern = (message: string): RegExp => new RegExp(message.replace(/^… /, "").split("…").map(escaped).join("[^]+?"));

async function saidBy(provoke: () => unknown): Promise<string> {
  try {
    const found = await provoke();
    return typeof found === "string" ? found : String((found as { message?: string } | undefined)?.message);
  } catch (error) {
    return (error as Error).message;
  }
}

test("each is provoked, and no other", () => expect(documented.toSorted()).toEqual(Object.keys(PROVOKED).toSorted()));

test("they are sorted", () => {
  const letters = documented.map((message) => message.toLowerCase().replace(/[^a-z ]/g, "").trim());
  expect(letters).toEqual(letters.toSorted());
});

test.each(documented.map((message) => [message] as const))("%s", async (message) => {
  const provoked = PROVOKED[message]!;
  if (typeof provoked === "function") return expect(await saidBy(provoked)).toMatch(asPattern(message));
  const body = bodyOf(provoked);
  const [longest] = message.split("…").toSorted((left, right) => right.length - left.length);
  // On a line that looks for them: not in a comment, not in what the test provokes it with.
  expect(body.split("\n").filter((line) => line.includes("expect("))).toContainEqual(expect.stringContaining(longest!.replace(/^error: /, "").trim()));
});
