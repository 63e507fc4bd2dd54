// What is done by itself: certificates of our own where there is none, orders that are due, and what nobody wants any more goes.
import { rm } from "node:fs/promises";
import { changeAttempts, readAttempts, withoutNames } from "./attempts.ts";
import { DAY, isOrderDue, mayTry, selfSignedDue } from "./due.ts";
import { readJson, writeJson } from "./files.ts";
import { legoFile } from "./lego.ts";
import { heldNames, install, readHeld, removeHeld } from "./live.ts";
import { withLock } from "./lock.ts";
import { order } from "./order.ts";
import { UNWANTED } from "./places.ts";
import { selfSigned } from "./selfSigned.ts";
import type { Settings } from "./settings.ts";
import { writeStatus } from "./status.ts";
import { inWords } from "./stop.ts";
import { readWanted, type Wanted, type WantedName } from "./wanted.ts";

type Say = (line: string) => void;

/** The way back: of a domain that was taken out by mistake, and of a project that was. */
const KEPT_DAYS = 30;

/** Of each name that has none, or whose own is over soon. To be called with the lock `files`. */
export async function signOurselves(settings: Settings, names: readonly WantedName[], now: Date): Promise<void> {
  for (const { name } of names) {
    const kind = selfSignedDue(await readHeld(name), settings, name, now);
    if (kind !== undefined) await install(name, await selfSigned(name, kind), { source: kind });
  }
}

/** Name → since when nobody wants it, ISO 8601. */
type Unwanted = Record<string, string>;

/** What is unwanted by now, and what of it has been for long. A time that is yet to come is of a clock that was ahead, and counts anew. Pure. */
export function unwantedNow(before: Unwanted, held: readonly string[], wanted: readonly Pick<Wanted, "name">[], now: Date): { unwanted: Unwanted; gone: string[] } {
  const isWanted = new Set(wanted.map(({ name }) => name));
  const since = (name: string): string => (Date.parse(before[name] ?? "") <= now.getTime() ? before[name]! : now.toISOString());
  const unwanted = Object.fromEntries(held.filter((name) => !isWanted.has(name)).map((name) => [name, since(name)]));
  const gone = Object.keys(unwanted).filter((name) => now.getTime() - Date.parse(unwanted[name]!) >= KEPT_DAYS * DAY);
  return { unwanted: Object.fromEntries(Object.entries(unwanted).filter(([name]) => !gone.includes(name))), gone };
}

async function dropUnwanted(wanted: readonly Wanted[], now: Date, say: Say): Promise<void> {
  const before = (await readJson<Unwanted>(UNWANTED)) ?? {};
  const { unwanted, gone } = unwantedNow(before, await heldNames(), wanted, now);
  for (const name of gone) {
    await removeHeld(name);
    for (const suffix of [".crt", ".key", ".json", ".issuer.crt"]) await rm(legoFile(name) + suffix, { force: true });
    say(`${name}: nobody wants it for ${KEPT_DAYS} days: its certificate and key are deleted`);
  }
  if (JSON.stringify(unwanted) !== JSON.stringify(before)) await writeJson(UNWANTED, unwanted);
  const isWanted = new Set(wanted.map(({ name }) => name));
  await changeAttempts((attempts) => withoutNames(attempts, (name) => !isWanted.has(name)));
}

/** What is to be ordered now, what has no certificate of anybody's first. @param isForced also what is to wait after it failed */
export async function ordersDue(settings: Settings, now: Date, isForced = false): Promise<Wanted[]> {
  const attempts = await readAttempts();
  const due: { wanted: Wanted; until: string }[] = [];
  for (const wanted of await readWanted()) {
    const held = await readHeld(wanted.name);
    if (!isOrderDue(held, settings, wanted.name, now) || !(isForced || mayTry(attempts[wanted.name], now))) continue;
    due.push({ wanted, until: held === undefined || held.source === "placeholder" ? "" : held.validUntil });
  }
  return due.sort((a, b) => (a.until < b.until ? -1 : a.until > b.until ? 1 : 0)).map(({ wanted }) => wanted);
}

/** Looks at all of it. A fault of one name keeps none of the others from its certificate. */
export async function keep(settings: Settings, say: Say, clock = (): Date => new Date()): Promise<void> {
  await withLock("files", async () => {
    const wanted = await readWanted();
    for (const each of wanted) await signOurselves(settings, [each], clock()).catch((error: unknown) => say(`${each.name}: FAILED: ${inWords(error)}`));
    await dropUnwanted(wanted, clock(), say);
    await writeStatus();
  });
  // Each time anew: while one is ordered another becomes wanted, and is not to wait for all that fail.
  for (let [next] = await ordersDue(settings, clock()); next !== undefined; [next] = await ordersDue(settings, clock())) await order({ settings, wanted: next, say, clock });
}
