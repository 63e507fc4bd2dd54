import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { afterFailure, type Attempt, backOff, isLapsing, isOrderDue, mayTry, selfSignedDue } from "../../../images/acme/due.ts";
import type { Held, Source } from "../../../images/acme/live.ts";
import type { Settings } from "../../../images/acme/settings.ts";

const DAY = 86_400_000;
const begun = new Date("2026-11-01T00:00:00Z");
const days = (number: number): Date => new Date(begun.getTime() + number * DAY);
const lasting = (number: number, source: Source = "acme", server = "https://ca/dir"): Held => ({ source, server, issuer: "CA", validFrom: begun.toISOString(), validUntil: days(number).toISOString() });
const ca: Settings = { issuer: "letsencrypt", acme: { email: "a@example.com", server: "https://ca/dir" } };
const [manual, selfSigned]: Settings[] = [{ issuer: "manual" }, { issuer: "self-signed" }];

describe("a certificate is over soon", () => {
  test.each([
    [90, 54, false],
    [90, 61, true],
    [45, 27, false],
    [45, 31, true],
    [6, 3, false],
    [6, 4.1, true],
  ])("of %d days, after %d: %s", (lifetime, after, lapsing) => expect(isLapsing(lasting(lifetime), "blog.example.com", days(after))).toBe(lapsing));

  test("each name has a time of its own, and the same each time", () => {
    const moments = Array.from({ length: 60 }, (_, index) => {
      for (let after = 50; ; after += 0.25) if (isLapsing(lasting(90), `host-${index}.example`, days(after))) return after;
    });
    expect(new Set(moments).size).toBeGreaterThan(8);
    expect(Math.min(...moments)).toBeGreaterThanOrEqual(55);
    expect(Math.max(...moments)).toBeLessThanOrEqual(60.25);
  });

  test("what is over is over soon, whatever its lifetime; what has just begun is not", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3650 }), fc.domain(), (lifetime, name) => {
        expect(isLapsing(lasting(lifetime), name, days(lifetime))).toBe(true);
        expect(isLapsing(lasting(lifetime), name, begun)).toBe(false);
      }),
    );
  });
});

describe("a CA is asked", () => {
  test.each<[string, Held | undefined, boolean]>([
    ["for what is not there", undefined, true],
    ["for what is a placeholder", lasting(30, "placeholder"), true],
    ["for what we signed, when a CA became the issuer", lasting(825, "self-signed"), true],
    ["not for what it gave", lasting(90), false],
    ["for what another CA gave", lasting(90, "acme", "https://staging/dir"), true],
    ["not for what was put there by hand", lasting(90, "manual"), false],
  ])("%s", (_, held, due) => expect(isOrderDue(held, ca, "a.example", days(1))).toBe(due));

  test("for what was put there by hand, when it is over soon", () => expect(isOrderDue(lasting(90, "manual"), ca, "a.example", days(80))).toBe(true));
  test("never where the issuer is none", () => expect([manual, selfSigned].map((settings) => isOrderDue(undefined, settings!, "a.example", days(1)))).toEqual([false, false]));
});

describe("what we sign ourselves", () => {
  test.each<[string, Settings, Held | undefined, number, "placeholder" | "self-signed" | undefined]>([
    ["a placeholder where there is nothing", ca, undefined, 1, "placeholder"],
    ["a placeholder where nobody has brought one", manual!, undefined, 1, "placeholder"],
    ["a placeholder again, when it is over soon", ca, lasting(30, "placeholder"), 25, "placeholder"],
    ["nothing while it is good", ca, lasting(30, "placeholder"), 5, undefined],
    ["nothing in the place of a CA's that is over", ca, lasting(90), 100, undefined],
    ["nothing in the place of one that was brought and is over", manual!, lasting(90, "manual"), 100, undefined],
    ["a lasting one", selfSigned!, undefined, 1, "self-signed"],
    ["a lasting one in the place of a placeholder", selfSigned!, lasting(30, "placeholder"), 1, "self-signed"],
    ["the next, when it is over soon", selfSigned!, lasting(825, "self-signed"), 700, "self-signed"],
    ["nothing while another's is good", selfSigned!, lasting(90), 1, undefined],
    ["one in the place of another's that is over soon", selfSigned!, lasting(90), 80, "self-signed"],
  ])("%s", (_, settings, held, after, due) => expect(selfSignedDue(held, settings, "a.example", days(after))).toBe(due));
});

describe("what failed waits", () => {
  const failing = (times: number, now = begun): Attempt => {
    let attempt: Attempt | undefined;
    for (let index = 0; index < times; index++) attempt = afterFailure(attempt, { text: "no" }, now);
    return attempt!;
  };

  test("a quarter of an hour, then twice as long each time, a day at most", () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8, 9, 100].map((failures) => backOff(failures) / 60_000)).toEqual([15, 30, 60, 120, 240, 480, 960, 1440, 1440, 1440]);
    expect(failing(3)).toEqual({ failures: 3, last: begun.toISOString(), next: "2026-11-01T01:00:00.000Z", error: "no" });
  });

  test("never five validations within an hour, as Let's Encrypt takes them", () => {
    const moments: number[] = [];
    let attempt: Attempt | undefined;
    for (let now = begun; moments.length < 20; now = new Date(now.getTime() + 60_000))
      if (mayTry(attempt, now)) {
        attempt = afterFailure(attempt, { text: "no" }, now);
        moments.push(now.getTime());
      }
    for (const moment of moments) expect(moments.filter((each) => each >= moment && each < moment + 3_600_000).length).toBeLessThan(5);
  });

  test("as long as the CA says, where that is longer", () => {
    expect(afterFailure(undefined, { text: "limit", notBefore: days(3) }, begun).next).toBe(days(3).toISOString());
    expect(afterFailure(undefined, { text: "limit", notBefore: begun }, begun).next).toBe("2026-11-01T00:15:00.000Z");
  });

  test("then it may be tried, and what never failed at once", () => {
    const minutes = (number: number) => new Date(begun.getTime() + number * 60_000);
    expect([mayTry(undefined, begun), mayTry(failing(1), minutes(14)), mayTry(failing(1), minutes(15))]).toEqual([true, false, true]);
  });

  test("a clock that was years ahead holds nothing up", () => expect(mayTry(failing(1, days(3650)), days(1))).toBe(true));
});
