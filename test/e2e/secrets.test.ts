import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execa } from "execa";
import { randomBytes } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createTables, supabase } from "./lib/clients.ts";
import { secretsIn } from "./lib/secretSearch.ts";
import { docker, TestStack } from "./lib/testStack.ts";

const PROJECTS = `projects:
  - name: blog
    architecture: shared
  - name: shop
    architecture: isolated
`;

let stack: TestStack;
let printed: string;
/** Every secret by a name that may be printed. */
let secrets: Record<string, string>;
/** A secret put into each of the places that are searched, to see that the search finds it there. */
const planted = randomBytes(32).toString("hex");

/**
 * As much as Pulumi says without saying secrets. With `--debug`, or from -v=3 on, the docker provider shows the whole environment of each container
 * that it makes; from -v=9 on the engine writes each value that goes through it (docs/security.md). No program can hold that back.
 */
const MOST_VERBOSE = ["--logtostderr", "-v=2"];

beforeAll(async () => {
  stack = await TestStack.create(PROJECTS);
  printed = await upUnderTrace();
  secrets = { ...(await allSecrets()), planted };
  await plant();
});

afterAll(async () => {
  await stack?.remove();
});

/** A whole preview and `up`, with every execve of the CLI, its plugins, dockerd and the containers written to files. */
async function upUnderTrace(): Promise<string> {
  const trace = ["--follow-forks", "--quiet=all", "--trace=execve", "--string-limit=1000000"];
  const { stdout: pids } = await execa("pgrep", ["--exact", "dockerd|containerd"]);
  const attach = pids.split("\n").flatMap((pid) => ["--attach", pid]);
  // It ends with this process, however that ends: a tracer that stays behind would hold the engine that it traces.
  const tracer = ["--pdeathsig", "TERM", "strace", ...trace, "--output", join(stack.directory, "engine.trace"), ...attach];
  const engine = execa("setpriv", tracer, { reject: false, all: true });
  await sleep(500);
  const up = await execa(
    "strace",
    [...trace, "--output", join(stack.directory, "up.trace"), "sh", "-c", '/bin/true "key=$0"; exec pulumi "$@"', planted, "up", "--yes", "--diff", "--non-interactive", ...MOST_VERBOSE],
    { cwd: stack.directory, env: { ...stack.env, PULUMI_STACK: stack.name }, stdin: "ignore", all: true, maxBuffer: 1 << 30 },
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

/** Outputs, seeds and passwords, as the state has them; and what else the containers are told. */
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
  for (const [project, { anonKey, serviceRoleKey, secretKey, jwtSecret, studio }] of Object.entries(await stack.outputs())) {
    const own = { anonKey, serviceRoleKey, secretKey, jwtSecret, ...(studio && { "studio's password": studio.password }) };
    for (const [name, secret] of Object.entries(own)) found[`${project} ${name}`] = secret;
  }
  return { ...found, ...(await environmentSecrets()) };
}

/** What the services sign and encrypt with. A variable that holds more than one word holds what is named above. */
async function environmentSecrets(): Promise<Record<string, string>> {
  const lines = (await docker("container", "inspect", "--format", "{{.Name}} {{json .Config.Env}}", ...(await names("container")))).split("\n");
  const isSecret = (variable: string, value: string) =>
    /SECRET|KEY|PASSWORD/.test(variable) && !variable.includes("PUBLISHABLE") && /^[\w.-]{16,}$/.test(value);
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [container, json] = [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" "))];
      const variables = (JSON.parse(json) as string[]).map((each) => [each.slice(0, each.indexOf("=")), each.slice(each.indexOf("=") + 1)] as const);
      return variables.filter(([name, value]) => isSecret(name, value)).map(([name, value]) => [`${container} ${name}`, value]);
    }),
  );
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
  // Of 2 projects 5 roles, the seed and 4 keys; a Studio's password; of the server the superuser's, 2 seeds, the backups' reader, 2 roles of the plane's own.
  const named = Object.keys(secrets).filter((name) => !/[A-Z]_/.test(name) && name !== "planted");
  expect(named).toHaveLength(2 * 10 + 1 + 1 + 2 + 1 + 2);
  for (const variable of ["API_JWT_SECRET", "DB_ENC_KEY", "SECRET_KEY_BASE", "ADMIN_API_KEYS", "AUTH_ENCRYPTION_KEY", "CRYPTO_KEY"])
    expect(Object.keys(secrets).filter((name) => name.endsWith(` ${variable}`))).not.toEqual([]);
  for (const secret of Object.values(secrets)) expect(secret.length).toBeGreaterThanOrEqual(16);
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

test("what `pulumi up` prints holds none, neither its preview nor its update, at the most verbose level that can hold back", () => {
  expect(printed).toContain("Previewing update");
  expect(secretsIn(printed, secrets)).toEqual([]);
});
