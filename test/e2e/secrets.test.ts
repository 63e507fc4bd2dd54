import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execa } from "execa";
import { randomBytes } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createTables, supabase } from "./lib/clients.ts";
import { secretsIn } from "./lib/secretSearch.ts";
import { docker, TestStack } from "./lib/testStack.ts";

const TWO = "projects:\n  - name: blog\n    architecture: shared\n  - name: docs\n    architecture: shared\n";

let stack: TestStack;
let printed: string;
/** Every secret by a name that may be printed. */
let secrets: Record<string, string>;
/** A secret put into each of the places that are searched, to see that the search finds it there. */
const planted = randomBytes(32).toString("hex");

beforeAll(async () => {
  stack = await TestStack.create(TWO);
  printed = await upUnderTrace();
  secrets = { ...(await allSecrets()), planted };
  await plant();
}, 600_000);

afterAll(async () => {
  await stack?.remove();
}, 120_000);

/** A whole `up` with every execve of the CLI, its plugins, dockerd and the containers written to files. */
async function upUnderTrace(): Promise<string> {
  const trace = ["--follow-forks", "--quiet=all", "--trace=execve", "--string-limit=1000000"];
  const { stdout: pids } = await execa("pgrep", ["--exact", "dockerd|containerd"]);
  const attach = pids.split("\n").flatMap((pid) => ["--attach", pid]);
  const engine = execa("strace", [...trace, "--output", join(stack.directory, "engine.trace"), ...attach], { reject: false, all: true });
  await sleep(500);
  const up = await execa(
    "strace",
    [...trace, "--output", join(stack.directory, "up.trace"), "sh", "-c", '/bin/true "key=$0"; exec pulumi "$@"', planted, "up", "--yes", "--skip-preview", "--non-interactive"],
    { cwd: stack.directory, env: { ...stack.env, PULUMI_STACK: stack.name }, stdin: "ignore", all: true },
  );
  const project = (await stack.outputs()).blog!;
  await createTables(project);
  await supabase(project.url, project.anonKey).auth.signUp({ email: "ann@example.com", password: "correct horse" });
  await docker("run", "--rm", "--entrypoint", "/bin/true", await imageOf("edge"), planted);
  engine.kill("SIGTERM");
  await engine;
  return String(up.all);
}

const imageOf = (service: string) =>
  docker("ps", "--filter", `label=indie-ventures.stack=${stack.name}`, "--filter", `label=indie-ventures.service=${service}`, "--format", "{{.Image}}");

/** Outputs, seeds and passwords, as the state has them. */
async function allSecrets(): Promise<Record<string, string>> {
  const { stdout } = await stack.pulumi(["stack", "export", "--show-secrets"]);
  const { deployment } = JSON.parse(String(stdout)) as {
    deployment: { resources: { type: string; urn: string; outputs?: Record<string, { plaintext?: string }> }[] };
  };
  const found: Record<string, string> = {};
  for (const { type, urn, outputs = {} } of deployment.resources) {
    const name = urn.split("::").at(-1)!;
    if (type === "postgresql:index/role:Role") found[`password of ${name}`] = JSON.parse(outputs.password!.plaintext!) as string;
    if (type === "pulumi:index:Stash") found[`seed ${name}`] = JSON.parse(outputs.output!.plaintext!) as string;
    if (type === "pulumi:providers:postgresql") found["password of the superuser"] = JSON.parse(outputs.password!.plaintext!) as string;
  }
  for (const [project, { anonKey, serviceRoleKey, jwtSecret }] of Object.entries(await stack.outputs()))
    Object.assign(found, { [`${project} anonKey`]: anonKey, [`${project} serviceRoleKey`]: serviceRoleKey, [`${project} jwtSecret`]: jwtSecret });
  return found;
}

async function plant(): Promise<void> {
  await writeFile(join(stack.directory, "state", "planted.json"), JSON.stringify({ planted: Buffer.from(`:${planted}`).toString("base64") }));
  await docker("run", "--detach", "--label", `indie-ventures.stack=${stack.name}`, "--label", `planted=${planted}`, "--entrypoint", "/bin/echo", await imageOf("edge"), `https://x?key=${planted}`);
}

async function filesBelow(directory: string): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const texts = entries.filter((entry) => entry.isFile()).map((entry) => readFile(join(entry.parentPath, entry.name), "latin1"));
  return (await Promise.all(texts)).join("\n");
}

const names = async (kind: string) => (await stack.ours()).filter((line) => line.startsWith(`${kind} `)).map((line) => line.split(" ")[1]!);

async function labels(): Promise<string> {
  const ofContainers = await docker("container", "inspect", "--format", "{{json .Config.Labels}}", ...(await names("container")));
  const ofNetworks = await docker("network", "inspect", "--format", "{{json .Labels}}", ...(await names("network")));
  const ofVolumes = await docker("volume", "inspect", "--format", "{{json .Labels}}", ...(await names("volume")));
  return [ofContainers, ofNetworks, ofVolumes].join("\n");
}

async function logs(): Promise<string> {
  const all = await Promise.all((await names("container")).map((name) => execa("docker", ["logs", name], { all: true })));
  return all.map(({ all }) => all).join("\n");
}

test("there is something to look for", () => {
  // 2 projects x (5 roles + seed + 3 keys), the superuser's password, the server's seed, the planted one.
  expect(Object.keys(secrets)).toHaveLength(2 * 9 + 3);
  for (const secret of Object.values(secrets)) expect(secret.length).toBeGreaterThanOrEqual(32);
});

test.each([
  ["the state", () => filesBelow(join(stack.directory, "state"))],
  ["labels", labels],
  ["logs of the containers", logs],
  ["arguments of the CLI's and the plugins' processes", () => readFile(join(stack.directory, "up.trace"), "latin1")],
  ["arguments of the engine's and the containers' processes", () => readFile(join(stack.directory, "engine.trace"), "latin1")],
])("in %s stands the planted secret and no other", async (_, read) => {
  expect(secretsIn(await read(), secrets)).toEqual(["planted"]);
});

test("what `pulumi up` prints holds none", () => {
  expect(printed).toContain("blog");
  expect(secretsIn(printed, secrets)).toEqual([]);
});
