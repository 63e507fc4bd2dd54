import { expect, test } from "@jest/globals";
import { isAbandoned, type Lock, parseLock, renderHeldLock } from "../../../cli/locks.ts";

const text = '{"pid":812,"username":"ada","hostname":"vm","timestamp":"2026-11-22T22:00:00Z"}';
const lock = parseLock("/locks/1.json", text) as Lock;

test("a lock of this computer whose process is gone is abandoned", () => expect(isAbandoned(lock, "vm", () => false)).toBe(true));
test("its process may be alive", () => expect(isAbandoned(lock, "vm", (pid) => pid === 812)).toBe(false));
test("of another computer we can not know", () => expect(isAbandoned(lock, "laptop", () => false)).toBe(false));
test.each(["", "{", "null", "{}", '{"pid":"812","hostname":"vm"}'])("%j does not say who holds it", (half) =>
  expect(parseLock("/locks/1.json", half)).toBeUndefined());
test("says who holds it", () => expect(renderHeldLock(lock, "dev")).toContain("process 812 of ada on vm, since 2026-11-22T22:00:00Z"));
