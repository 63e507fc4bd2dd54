// What an update tells us. None of it waits for a CA.
import { changeAttempts, withoutNames } from "./attempts.ts";
import { type Pair, whatIsWrong } from "./certificate.ts";
import { signOurselves } from "./keep.ts";
import { install } from "./live.ts";
import { withLock } from "./lock.ts";
import { isCertificateName } from "./names.ts";
import type { Settings } from "./settings.ts";
import { writeStatus } from "./status.ts";
import { shown, Stop } from "./stop.ts";
import { parseWanted, readWanted, removeWanted, requireOwner, type Wanted, type WantedName, writeWanted } from "./wanted.ts";

/** Names that were not wanted before, or are had in another way now. Pure. */
export function newNames(before: readonly Wanted[], now: readonly WantedName[]): string[] {
  const known = new Map(before.map(({ name, challenge }) => [name, challenge]));
  return now.filter(({ name, challenge }) => known.get(name) !== challenge).map(({ name }) => name);
}

/** Each name has a certificate, if only one of ours, when it returns. @param text JSON */
export async function want(settings: Settings, owner: string, text: string, now = new Date()): Promise<void> {
  requireOwner(owner);
  const file = parseWanted(text);
  await withLock("files", async () => {
    const fresh = newNames(await readWanted(), file.names);
    await signOurselves(settings, file.names, now);
    // What failed before, when it was wanted last, holds nothing up.
    await changeAttempts((attempts) => withoutNames(attempts, (name) => fresh.includes(name)));
    await writeWanted(owner, file);
    await writeStatus();
  });
}

export async function unwant(owner: string): Promise<void> {
  requireOwner(owner);
  await withLock("files", async () => {
    await removeWanted(owner);
    await writeStatus();
  });
}

/** @param text JSON. Secret. @throws Stop where it is not right, and nothing has changed then */
export async function put(name: string, text: string, now = new Date()): Promise<void> {
  if (!isCertificateName(name)) throw new Stop(`${JSON.stringify(shown(name))} is no certificate's name: it is a host, or "_." and a domain`);
  const pair = parsePair(text);
  const wrong = whatIsWrong(pair, name, now);
  if (wrong !== undefined) throw new Stop(`The certificate of ${name} is not installed: ${wrong}.`);
  await withLock("files", async () => {
    await install(name, pair, { source: "manual" });
    await changeAttempts((attempts) => withoutNames(attempts, (each) => each === name));
    await writeStatus();
  });
}

function parsePair(text: string): Pair {
  let value: Partial<Pair> | null = null;
  try {
    value = JSON.parse(text) as Partial<Pair> | null;
  } catch {
    // Its own error has a part of the text, which is secret.
  }
  const { fullchain, privkey } = value ?? {};
  if (typeof fullchain !== "string" || typeof privkey !== "string") throw new Stop('stdin must be JSON, {"fullchain":"…","privkey":"…"}, both PEM');
  return { fullchain, privkey };
}
