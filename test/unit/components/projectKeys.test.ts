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
});
