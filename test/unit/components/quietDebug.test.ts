import { expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { quietDebug, withoutResponse } from "../../../components/quietDebug.ts";

test("an answer is left out, with all its lines; what comes before it and other words stay", () => {
  expect(withoutResponse("RegisterResource RPC finished: resource:x; err: null, resp: a secret\nand more")).toBe("RegisterResource RPC finished: resource:x; err: null, resp: left out");
  expect(withoutResponse("Registering resource: t=t, name=x")).toBe("Registering resource: t=t, name=x");
});

test("what the SDK calls is replaced, and is told the rest as it was", () => {
  const told: unknown[] = [];
  const log = { debug: async (...args: unknown[]) => void told.push(args) };
  quietDebug(log);
  void log.debug("x, resp: a secret", undefined, 3, true);
  expect(told).toEqual([["x, resp: left out", undefined, 3, true]]);
});

test("the SDK's own files call it by the module that we change", () => {
  const { resolve } = createRequire(import.meta.url);
  const text = readFileSync(resolve("@pulumi/pulumi/runtime/resource.js"), "utf8");
  expect(text).toContain('const log = __importStar(require("../log"));');
  expect(createRequire(import.meta.url)("@pulumi/pulumi/log")).toBe(pulumi.log);
  // Every answer that it speaks of is behind those words.
  expect(text.match(/\$\{innerResponse\}/g)!.length).toBe(text.match(/, resp: \$\{innerResponse\}/g)!.length);
});
