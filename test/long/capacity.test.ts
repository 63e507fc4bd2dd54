// One row of the table in docs/sizing.md: what the check lets through on a server of 4 GB starts and answers, and one more is refused.
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execa } from "execa";
import { supabase } from "../e2e/lib/clients.ts";
import { usable } from "../../spec/capacity.ts";
import { docker, TestStack } from "../e2e/lib/testStack.ts";

/** What an engine says on a server that is sold as one of 4 GB. */
const MEM_TOTAL = usable(4) * 2 ** 20;
const shared = (count: number) =>
  `projects:\n${Array.from({ length: count }, (_, index) => `  - { name: app${index + 1}, architecture: shared }\n`).join("")}`;

let stack: TestStack;

beforeAll(async () => {
  stack = await TestStack.create(shared(5));
  await claimMemory(stack);
});

afterAll(() => stack?.remove());

/** A `docker` before the real one on PATH, which is the real one but for the one number that the check asks for. */
async function claimMemory({ directory, env }: TestStack): Promise<void> {
  const path = env.PATH ?? process.env.PATH!;
  const { stdout: real } = await execa("sh", ["-c", "command -v docker"], { env: { PATH: path } });
  const folder = join(directory, "bin");
  await mkdir(folder);
  await writeFile(join(folder, "docker"), `#!/bin/sh\n[ "$1" != info ] || { echo ${MEM_TOTAL}; exit; }\nexec ${real} "$@"\n`);
  await chmod(join(folder, "docker"), 0o755);
  env.PATH = `${folder}:${path}`;
}

test("4 GB: five shared projects start and answer; a sixth is refused, and nothing changes", async () => {
  await stack.up();
  const projects = Object.values(await stack.outputs());
  expect(projects).toHaveLength(5);
  for (const { url, anonKey, secretKey } of projects) {
    expect((await supabase(url, secretKey).storage.listBuckets()).error).toBeNull();
    expect((await fetch(`${url}/auth/v1/settings`, { headers: { apikey: anonKey } })).status).toBe(200);
  }
  const before = await stack.ours();
  const containers = before.flatMap((line) => line.split("container ")[1] ?? []);
  const lines = (await docker("inspect", "--format", "{{.Name}} {{.HostConfig.Memory}}", ...containers)).split("\n");
  const limits = lines.map((line) => line.split(" "));
  // What there is once is without a limit: the check adds up what was measured.
  const unlimited = limits.filter(([, limit]) => limit === "0").map(([name]) => name!.replace(`/iv-${stack.name}-`, ""));
  expect(unlimited.sort()).toEqual(["door", "edge", "postgres"]);
  expect(limits.reduce((sum, [, limit]) => sum + Number(limit), 0)).toBeLessThan(MEM_TOTAL);

  await stack.writeProjects(shared(6));
  const refused = await stack.up({ reject: false });
  expect(refused.exitCode).not.toBe(0);
  expect(String(refused.all)).toMatch(/may take \d+ MB of memory, and it has 3891 MB\. Nothing was changed\.[^]*(  - .*\n.*){3}/);
  expect(await stack.ours()).toEqual(before);
});
