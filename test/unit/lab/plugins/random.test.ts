import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { formsOf, importRandomId } from "../../../lab/engine/plugins/random/randomId.ts";
import { generate, passwordFailures } from "../../../lab/engine/plugins/random/randomPassword.ts";
import { Secret } from "../../../lab/engine/plugins/lib/value.ts";
import { endPlugins, startPlugin } from "./pluginProcess.ts";
import type { PluginProcess } from "./pluginProcess.ts";

const id = "random:index/randomId:RandomId";
const password = "random:index/randomPassword:RandomPassword";

test("one id in all its forms, each with the prefix but the id", () => {
  expect(formsOf(Buffer.from([0, 255, 62]), "p-")).toEqual({ id: "AP8-", forms: { b64Url: "p-AP8-", b64Std: "p-AP8+", hex: "p-00ff3e", dec: "p-65342" } });
});

test("what was made can be imported again, with any prefix", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.string(), (bytes, prefix) => {
      const { id: made, forms } = formsOf(Buffer.from(bytes), prefix);
      const imported = importRandomId(prefix === "" ? made : `${prefix},${made}`);
      expect(imported).toMatchObject({ id: made, state: { ...forms, byteLength: bytes.length } });
    }),
  );
  expect(() => importRandomId("not base64!")).toThrow("Import Random ID Error");
});

test("a password keeps length, minimums and its sets of characters", () => {
  const minimum = fc.nat({ max: 5 });
  fc.assert(
    fc.property(fc.nat({ max: 30 }), minimum, minimum, minimum, minimum, (more, minLower, minUpper, minNumeric, minSpecial) => {
      const length = more + minLower + minUpper + minNumeric + minSpecial;
      const made = generate({ length, lower: true, upper: true, numeric: true, special: false, minLower, minUpper, minNumeric, minSpecial, overrideSpecial: "~" });
      const count = (set: RegExp) => made.match(set)?.length ?? 0;
      expect(made).toHaveLength(length);
      expect(count(/[a-z]/g)).toBeGreaterThanOrEqual(minLower);
      expect(count(/[A-Z]/g)).toBeGreaterThanOrEqual(minUpper);
      expect(count(/[0-9]/g)).toBeGreaterThanOrEqual(minNumeric);
      expect(count(/~/g)).toBe(minSpecial);
    }),
  );
});

test.each([
  [{ length: 3, minLower: 4 }, "length"],
  [{ length: 3, number: true, numeric: false }, "number"],
  [{ length: 3, lower: false, upper: false, special: false, numeric: false }, "special"],
])("%j is refused", (inputs, property) => {
  expect(passwordFailures(inputs)).toMatchObject([{ property }]);
});

describe("the plugin", () => {
  let plugin: PluginProcess;
  beforeAll(async () => {
    plugin = await startPlugin("random");
    await plugin.configure({});
  });
  afterAll(endPlugins);

  test("a password is secret in state and stays through refresh", async () => {
    const made = await plugin.create(password, { length: 12 });
    expect(made).toMatchObject({ id: "none", state: { result: expect.any(Secret), length: 12, special: true, minLower: 0 } });
    const read = await plugin.read(password, "none", { inputs: { length: 12 }, state: { ...made.state, result: (made.state["result"] as Secret).value } });
    expect(read.state["result"]).toEqual(made.state["result"]);
  });

  test("an import takes the value itself", async () => {
    const { id: imported, state, inputs } = await plugin.read(password, "abc123");
    expect({ imported, state }).toMatchObject({ imported: "none", state: { result: new Secret("abc123"), length: 6, special: true } });
    expect(inputs).toEqual({ length: 6, lower: true, upper: true, numeric: true, number: true, special: true });
  });

  test("every input replaces; a default spelled out does not", async () => {
    const old = { inputs: { length: 12 }, state: (await plugin.create(password, { length: 12 })).state };
    const state = { ...old.state, result: "x" };
    expect(await plugin.diff(password, { ...old, state }, { length: 12, lower: true, minUpper: 0 })).toEqual({ replaces: [], diffs: [] });
    const changed = { length: 13, numeric: false, keepers: { a: "b" }, overrideSpecial: "_" };
    expect((await plugin.diff(password, { ...old, state }, changed)).replaces).toEqual(["keepers", "length", "number", "numeric", "overrideSpecial"]);
    const made = await plugin.create(id, { byteLength: 4 });
    expect((await plugin.diff(id, { inputs: { byteLength: 4 }, state: made.state }, { byteLength: 5, prefix: "x" })).replaces).toEqual(["byteLength", "prefix"]);
  });

  test("an unknown type is refused by the stand-in's name", async () => {
    await expect(plugin.create("random:index/randomPet:RandomPet", {})).rejects.toThrow("lab random: type random:index/randomPet:RandomPet");
  });
});
