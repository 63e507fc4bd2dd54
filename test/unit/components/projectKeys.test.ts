import { beforeAll, describe, expect, test } from "@jest/globals";
import { isSecret, mockEngine, type Registered, valueOf } from "../lib/mocks.ts";

let components: typeof import("../../../components/projectKeys.ts");
let registered: Registered[];

beforeAll(async () => {
  registered = await mockEngine();
  components = await import("../../../components/projectKeys.ts");
});

describe("ProjectKeys", () => {
  test("all are secret, and a rotation changes all", async () => {
    const { ProjectKeys } = components;
    const first = new ProjectKeys("blog", { project: "blog", generation: 1, protect: true });
    const outputs = (keys: typeof first) => [keys.jwtSecret, keys.anonKey, keys.serviceRoleKey, keys.publishableKey, keys.secretKey, keys.jwtKeys, keys.jwks, keys.password("owner"), keys.password("realtime")];
    for (const output of outputs(first)) expect(await isSecret(output)).toBe(true);
    const values = await Promise.all(outputs(first).map(valueOf));
    expect(new Set(values).size).toBe(values.length);
    const stash = registered.find(({ type }) => type === "pulumi:index:Stash");
    expect(stash).toMatchObject({ name: "blog-seed", protect: true, ignoreChanges: ["input"], parent: "blog" });
  });

  test("a state that has lost the seed begins with the server's", async () => {
    const { ProjectKeys } = components;
    const keys = (name: string, seedOnServer?: string) => new ProjectKeys(name, { project: name, generation: 1, protect: true, seedOnServer });
    const [one, same, another] = [keys("one", "c2VlZA=="), keys("same", "c2VlZA=="), keys("another")];
    expect(await isSecret(one.seed)).toBe(true);
    expect(await valueOf(one.seed)).toBe("c2VlZA==");
    expect(await valueOf(one.anonKey)).toBe(await valueOf(same.anonKey));
    expect(await valueOf(another.anonKey)).not.toBe(await valueOf(one.anonKey));
  });

  test("a state with another seed than the server's is refused, without either", () => {
    const requireSame = (project: string, seed: string, onServer?: string) => components.requireSame({ project, stack: "prod" }, seed, onServer);
    expect([requireSame("blog", "s3cret", "s3cret"), requireSame("blog", "s3cret")]).toEqual(["s3cret", "s3cret"]);
    expect(() => requireSame("blog", "s3cret", "other")).toThrow(/"blog": Pulumi's state has another seed.*Nothing was changed.*blog-seed.*npm run up -- --stack prod /s);
    expect(() => requireSame("blog", "s3cret", "other")).not.toThrow(/s3cret|other\b.*other\b.*other\b/);
  });
});

describe("the seeds that the server knows", () => {
  const run = (answer: { failed: boolean; stdout: string }) => async () => ({ ...answer, said: "" });
  test("a line for each project", async () => {
    const { readSeeds } = await import("../../../components/backupStatus.ts");
    const line = (name: string) => `${JSON.stringify({ name, keys: { seed: `seed of ${name}`, generation: 1 } })}\n`;
    expect(await readSeeds("dev", run({ failed: false, stdout: line("blog") + line("docs") }))).toEqual({ blog: "seed of blog", docs: "seed of docs" });
  });
  test("none where there is no container yet", async () => {
    const { readSeeds } = await import("../../../components/backupStatus.ts");
    expect(await readSeeds("dev", run({ failed: true, stdout: "" }))).toEqual({});
  });
});
