// The three stand-ins under the real CLI and language host, which the lab's bootstrap puts into .indie/bin.
import { existsSync } from "node:fs";
import { mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { execa } from "execa";
import { startPostgres } from "./postgresServer.ts";
import type { TestPostgres } from "./postgresServer.ts";

jest.setTimeout(480_000); // Nine whole runs of the CLI, 45 s of processor time.

const root = new URL("../../../../", import.meta.url).pathname;
const bin = join(root, ".indie/bin");
const withEngine = existsSync(join(bin, "pulumi")) ? test : test.skip;

const program = `
import * as pulumi from "@pulumi/pulumi";
import { local } from "@pulumi/command";
import * as postgresql from "@pulumi/postgresql";
import * as random from "@pulumi/random";

const password = new random.RandomPassword("password", { length: 24, special: false }).result;
const id = new random.RandomId("id", { byteLength: 4 });
const provider = new postgresql.Provider("server", {
  host: "127.0.0.1", port: Number(process.env.TEST_PORT), username: "postgres", sslmode: "disable",
  password: pulumi.secret(process.env.TEST_PASSWORD!),
});
const role = new postgresql.Role("role", { name: pulumi.interpolate\`r_\${id.hex}\`, login: true, password }, { provider });
const database = new postgresql.Database("database", { owner: role.name, connectionLimit: Number(process.env.TEST_LIMIT) }, { provider });
const hash = new local.Command("hash", {
  create: "cksum", stdin: pulumi.interpolate\`\${password} canary-\${"in"}-stdin\`, environment: { TOKEN: pulumi.secret("canary-token") },
});
export const names = [role.name, database.name];
export const checksum = hash.stdout;
export const secret = password;
`;

let folder: string;
let postgres: TestPostgres;

beforeAll(async () => {
  [folder, postgres] = await Promise.all([mkdtemp(join(tmpdir(), "lab-engine-")), startPostgres()]);
  await writeFile(join(folder, "Pulumi.yaml"), "name: plugins\nmain: index.ts\nruntime: { name: nodejs, options: { typescript: false } }\n");
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "plugins", type: "module" }));
  await writeFile(join(folder, "index.ts"), program);
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
});
afterAll(async () => {
  await postgres.stop();
  await rm(folder, { recursive: true });
});

const pulumi = (args: string[], limit = "-1") =>
  execa(join(bin, "pulumi"), [...args, "--non-interactive", "--cwd", folder], {
    env: {
      ...{ PATH: [bin, process.env["PATH"]].join(delimiter), NODE_OPTIONS: "", PULUMI_HOME: join(folder, "home") },
      ...{ PULUMI_BACKEND_URL: `file://${folder}`, PULUMI_CONFIG_PASSPHRASE: "x", PULUMI_SKIP_UPDATE_CHECK: "true" },
      ...{ TEST_PORT: String(postgres.port), TEST_PASSWORD: postgres.password, TEST_LIMIT: limit },
    },
  });

async function stateText(): Promise<string> {
  const stacks = join(folder, ".pulumi/stacks/plugins");
  const files = (await readdir(stacks)).filter((name) => name.startsWith("test.json"));
  return (await Promise.all(files.map((name) => readFile(join(stacks, name), "utf8")))).join("\n");
}

withEngine("up, a clean preview after a refresh, an update in place, drift mended, destroy; no secret in the state file", async () => {
  await pulumi(["stack", "init", "test"]);
  await pulumi(["up", "--yes", "--skip-preview"]);
  const outputs = JSON.parse((await pulumi(["stack", "output", "--json", "--show-secrets"])).stdout);
  const [role, database] = outputs.names;
  expect(await postgres.query("SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = $1", [database])).toEqual([{ owner: role }]);
  expect(outputs.checksum).toMatch(/^\d+ 40$/);

  const state = await stateText();
  expect(state).toContain(role);
  for (const secret of [outputs.secret, postgres.password, "canary-token", "canary-in-stdin"]) expect(state).not.toContain(JSON.stringify(secret).slice(1, -1));

  await pulumi(["preview", "--refresh", "--expect-no-changes"]);
  await pulumi(["up", "--yes", "--skip-preview"], "5");
  const limit = () => postgres.query("SELECT datconnlimit FROM pg_database WHERE datname = $1", [database]);
  expect(await limit()).toEqual([{ datconnlimit: 5 }]);
  await postgres.query(`ALTER DATABASE "${database}" CONNECTION LIMIT 9`);
  await pulumi(["up", "--yes", "--skip-preview", "--refresh"], "5");
  expect(await limit()).toEqual([{ datconnlimit: 5 }]);

  await pulumi(["destroy", "--yes", "--skip-preview"]);
  expect(await postgres.query("SELECT datname FROM pg_database WHERE datname = $1", [database])).toEqual([]);
  expect(await postgres.query("SELECT rolname FROM pg_roles WHERE rolname = $1", [role])).toEqual([]);
});
