import { beforeAll, describe, expect, test } from "@jest/globals";
import jwt from "jsonwebtoken";
import { isSecret, mockEngine, type Registered, valueOf } from "../lib/mocks.ts";

let components: typeof import("../../../components/projectKeys.ts");
let registered: Registered[];

beforeAll(async () => {
  registered = await mockEngine();
  components = await import("../../../components/projectKeys.ts");
});

const SEED = Buffer.alloc(32, 7).toString("base64");

describe("derive", () => {
  test("is the same for the same seed, purpose and generation, and another for any other", () => {
    const { derive } = components;
    const same = derive(SEED, "a", 1).toString("hex");
    expect(derive(SEED, "a", 1).toString("hex")).toBe(same);
    const others = [derive(SEED, "b", 1), derive(SEED, "a", 2), derive(Buffer.alloc(32, 8).toString("base64"), "a", 1)];
    expect(new Set([same, ...others.map((value) => value.toString("hex"))]).size).toBe(4);
  });
  test("never changes: what is deployed depends on it", () => {
    expect(components.derive(SEED, "jwt-secret", 1).toString("hex")).toMatchInlineSnapshot(`"24965e30f45216b02b24d3db7c711efb6de9289470e4545ddc5ef305e83557a1"`);
  });
});

test("an API key is upstream's form, and the same at every run", () => {
  const key = components.apiKey("a secret of at least 32 characters", "anon");
  expect(jwt.verify(key, "a secret of at least 32 characters")).toEqual({ role: "anon", iss: "supabase", iat: 1767225600, exp: 2082585600 });
  expect(components.apiKey("a secret of at least 32 characters", "anon")).toBe(key);
});

describe("ProjectKeys", () => {
  test("all are secret, and a rotation changes all", async () => {
    const { ProjectKeys } = components;
    const first = new ProjectKeys("blog", { project: "blog", generation: 1, protect: true });
    const outputs = (keys: typeof first) => [keys.jwtSecret, keys.anonKey, keys.serviceRoleKey, keys.password("owner"), keys.password("realtime")];
    for (const output of outputs(first)) expect(await isSecret(output)).toBe(true);
    const values = await Promise.all(outputs(first).map(valueOf));
    expect(new Set(values).size).toBe(values.length);
    const stash = registered.find(({ type }) => type === "pulumi:index:Stash");
    expect(stash).toMatchObject({ name: "blog-seed", protect: true, ignoreChanges: ["input"], parent: "blog" });
  });
});
