// The pack of policies as Pulumi runs it: what the program makes is let through, and each way in which a change goes wrong is refused by name.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { secretsIn } from "./lib/secretSearch.ts";
import { docker, TestStack } from "./lib/testStack.ts";

const ONE = "projects:\n  - name: blog\n    architecture: shared\n";
const PACK = ["--policy-pack", "policy"];

let stack: TestStack;

beforeAll(async () => {
  stack = await TestStack.create(ONE, { protectData: "true" });
});

afterAll(() => stack?.remove());

const preview = async (...more: string[]) => {
  const { exitCode, all } = await stack.pulumi(["preview", ...PACK, ...more], { reject: false });
  return { exitCode, said: String(all) };
};

test("a new server: its preview is let through, and so is the update, which knows every value", async () => {
  const { exitCode, said } = await preview();
  expect(said).toContain("indie-ventures@v");
  expect(said).not.toMatch(/mandatory|advisory|can't run/);
  expect(exitCode).toBe(0);
  const { all } = await stack.up({}, PACK);
  expect(String(all)).not.toMatch(/mandatory|advisory|can't run/);
  await stack.pulumi(["preview", "--expect-no-changes", ...PACK]);
});

/** Changes a file of the copy. */
async function edit(file: string, from: string, to: string): Promise<void> {
  const path = join(stack.directory, file);
  const text = await readFile(path, "utf8");
  expect(text.split(from)).toHaveLength(2);
  await writeFile(path, text.replace(from, () => to));
}

/** What must not be said. */
async function secrets(): Promise<Record<string, string>> {
  const { blog } = await stack.outputs();
  const variables = JSON.parse(await docker("inspect", "--format", "{{json .Config.Env}}", `iv-${stack.name}-postgres`)) as string[];
  const superuser = variables.find((variable) => variable.startsWith("POSTGRES_PASSWORD="))!.split("=")[1]!;
  const { anonKey, serviceRoleKey, publishableKey, secretKey, jwtSecret, dbUrl } = blog!;
  return { superuser, anonKey, serviceRoleKey, publishableKey, secretKey, jwtSecret, dbUrl };
}

test("a change that publishes a port, hands a superuser on and takes protection away fails the preview, by name and without a value", async () => {
  const services = "components/services/service.ts";
  const port = '...(word === "auth" ? { ports: [{ internal: 9999, external: 9999, ip: "0.0.0.0" }] } : {})';
  await edit(services, "healthcheck: HEALTHCHECKS[word],", `healthcheck: HEALTHCHECKS[word], ${port},`);
  await edit(services, "apply(asList)", 'apply((values) => asList(word === "auth" ? { ...values, PGUSER: "supabase_admin" } : values))');
  await edit("components/fileStore.ts", "provider: server.docker, protect }", "provider: server.docker }");
  const rest = '.all([this.database.serviceUrl("authenticator"), this.keys.jwks';
  await edit("components/supabaseProject.ts", `${rest}])`, `${rest}, this.args.postgres.superuserPassword])`);
  const before = await stack.ours();
  const { exitCode, said } = await preview();
  expect(exitCode).not.toBe(0);
  expect(said).toMatch(/\[mandatory\]\s+published-ports[^[]*"blog-auth" publishes its port 9999/);
  expect(said).toMatch(/\[mandatory\]\s+superuser-login[^[]*"blog-auth" has a superuser of Postgres in its variable PGUSER/);
  expect(said).toMatch(/\[mandatory\]\s+superuser-secret[^[]*"blog-rest" \(Container\) is given in `envs`/);
  expect(said).toMatch(/\[mandatory\]\s+protected-data[^[]*"files" \(Volume\) holds data and is not protected/);
  expect(said.match(/\[mandatory\]/g)).toHaveLength(4);
  expect(secretsIn(said, await secrets())).toEqual([]);
  expect(await stack.ours()).toEqual(before);
});

test("what a file exempts is let through, and what it does not is not", async () => {
  const config = join(stack.directory, "exempt.json");
  const exempt = { "published-ports": { except: ["blog-auth"] }, "superuser-login": "advisory", "superuser-secret": { except: ["blog-rest"] } };
  await writeFile(config, JSON.stringify(exempt));
  const refused = await preview("--policy-pack-config", config);
  expect(refused.exitCode).not.toBe(0);
  expect(refused.said.match(/\[mandatory\]\s+\S+/g)).toEqual([expect.stringContaining("protected-data")]);
  expect(refused.said).toMatch(/\[advisory\]\s+superuser-login/);
  await writeFile(config, JSON.stringify({ ...exempt, "protected-data": "disabled" }));
  expect((await preview("--policy-pack-config", config)).exitCode).toBe(0);
});
