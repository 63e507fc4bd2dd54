import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import fc from "fast-check";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { placesIn } from "./placesIn.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "clock-"));
  jest.unstable_mockModule("../../../images/backup/places.ts", () => placesIn(folder));
});
afterAll(() => rmSync(folder, { recursive: true }));

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const AT = Date.parse("2026-11-23T12:00:00Z");
const iso = (time: number) => new Date(time).toISOString();
const look = (time: number, uptime: number, boot = "a") => ({ at: iso(time), boot, uptime });

describe("a clock", () => {
  test.each([
    ["that is looked at for the first time", undefined, look(AT, 100), false],
    ["that goes on", look(AT, 100), look(AT + HOUR * 30, 100 + 30 * 3600), false],
    ["that is set by some minutes", look(AT, 100), look(AT + 50 * MINUTE, 130), false],
    ["that is ahead", look(AT, 100), look(AT + 3650 * DAY, 130), true],
    ["that is put back", look(AT + 3650 * DAY, 100), look(AT, 130), true],
    ["of a server that was started again", look(AT, 90_000), look(AT + 5 * MINUTE, 200, "b"), false],
    ["of one that was off for days, or was ahead at its start", look(AT, 90_000), look(AT + 20 * DAY, 200, "b"), true],
    ["of one that was off for days, and had not looked since its start", look(AT, 200), look(AT + 20 * DAY, 20 * 86_400, "b"), false],
    ["of one that does not tell its starts apart", look(AT, 90_000, ""), look(AT + 5 * MINUTE, 200, ""), false],
  ])("%s", async (_, last, now, jumped) => {
    const { lookAgain } = await import("../../../images/backup/clock.ts");
    expect(lookAgain(last, now)).toEqual(jumped ? { ...now, jumped: now.at } : now);
  });

  test("that jumped is believed after a day in which it did not, and not before", async () => {
    const { lookAgain } = await import("../../../images/backup/clock.ts");
    const steps = fc.array(fc.integer({ min: 1, max: 20 * HOUR }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(steps, (each) => {
        let last = lookAgain(look(AT, 0), look(AT + 100 * DAY, 30));
        let passed = 0;
        for (const step of each) {
          passed += step;
          last = lookAgain(last, look(AT + 100 * DAY + passed, 30 + passed / 1000));
          expect(last.jumped).toBe(passed >= DAY ? undefined : iso(AT + 100 * DAY));
          if (passed >= DAY) break;
        }
      }),
    );
  });

  test("is noted each time, over a restart of this program too, and said once where it jumped", async () => {
    const { isClockDoubted } = await import("../../../images/backup/clock.ts");
    const said: string[] = [];
    const doubted = (now: number) => isClockDoubted((line) => said.push(line), new Date(now));
    const now = Date.now();
    expect([await doubted(now), await doubted(now + 1000), said]).toEqual([false, false, []]);
    const ahead = now + 3650 * DAY;
    expect([await doubted(ahead), await doubted(ahead + 1000), said.length]).toEqual([true, true, 1]);
    expect(said[0]).toBe(
      `the server was off, or its clock was set: it said ${iso(now + 1000)}, and says ${iso(ahead)}. Nothing is purged by itself before ${iso(ahead + DAY)}, nor is a backup deleted for its age`,
    );
    const file = join(folder, "state", "clock.json");
    const noted = JSON.parse(readFileSync(file, "utf8")) as { uptime: number };
    mkdirSync(join(folder, "state"), { recursive: true });
    writeFileSync(file, JSON.stringify({ ...noted, at: iso(now), jumped: undefined }));
    expect(await doubted(now)).toBe(false);
  });
});
