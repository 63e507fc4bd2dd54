// One order at a CA, from lego to nginx.
import { rm } from "node:fs/promises";
import { changeAttempts, withoutNames } from "./attempts.ts";
import { describe, whatIsWrong } from "./certificate.ts";
import { afterFailure, type Failure, isLapsing, isOrderDue } from "./due.ts";
import { failureOf, isAccountGone } from "./failure.ts";
import { accountFolder, legoArguments, legoEnvironment, readOrdered } from "./lego.ts";
import { install, readHeld } from "./live.ts";
import { withLock } from "./lock.ts";
import { type Ran, run } from "./run.ts";
import type { Acme, Settings } from "./settings.ts";
import { writeStatus } from "./status.ts";
import { inWords } from "./stop.ts";
import type { WantedName } from "./wanted.ts";

/** A CA that is slow is waited for by lego, with times of its own; what takes longer than all of these hangs. */
const TIMEOUT = 10 * 60_000;

export interface OrderArgs {
  settings: Settings;
  wanted: WantedName;
  say: (line: string) => void;
  clock: () => Date;
}

/** Waits for another order. What fails is noted, with when it is tried again. @returns why it failed, for people */
export const order = ({ settings, wanted, say, clock }: OrderArgs): Promise<string | undefined> =>
  withLock("order", async () => {
    const { name } = wanted;
    // Somebody else had the lock, and perhaps ordered the same.
    if (settings.acme === undefined || !isOrderDue(await readHeld(name), settings, name, clock())) return undefined;
    const failure = await orderFrom(settings.acme, wanted, clock).catch((error: unknown): Failure => ({ text: inWords(error) }));
    await withLock("files", async () => {
      await changeAttempts((attempts) => (failure === undefined ? withoutNames(attempts, (each) => each === name) : { ...attempts, [name]: afterFailure(attempts[name], failure, clock()) }));
      await writeStatus();
    });
    say(`${name}: ${failure === undefined ? "has its certificate" : `FAILED: ${failure.text}`}`);
    return failure?.text;
  });

async function orderFrom(acme: Acme, wanted: WantedName, clock: () => Date): Promise<Failure | undefined> {
  const { name, challenge } = wanted;
  if (challenge === "dns-01" && acme.dns === undefined) return { text: "it is ordered by DNS, and there is no token for that: pulumi config set --secret indie-ventures:dnsToken" };
  const ran = await runLego(acme, wanted);
  if (ran.failed) return failureOf(ran.output, wanted, acme);
  const pair = await readOrdered(name);
  const wrong = whatIsWrong(pair, name, clock());
  if (wrong !== undefined) return { text: `what the CA gave is not used: ${wrong}` };
  await withLock("files", () => install(name, pair, { source: "acme", server: acme.server }));
  const described = describe(pair.fullchain);
  // A clock that is ahead would order again, and again.
  return isLapsing(described, name, clock()) ? { text: `it has its certificate, which is over soon by this server's clock: ${described.validUntil}` } : undefined;
}

async function runLego(acme: Acme, wanted: WantedName): Promise<Ran> {
  const once = () => run("lego", legoArguments(acme, wanted), { env: legoEnvironment(acme, wanted, process.env), timeout: TIMEOUT });
  const ran = await once();
  if (!ran.failed || !isAccountGone(ran.output)) return ran;
  // lego keeps on asking by it; without it, it makes another.
  await rm(accountFolder(acme), { recursive: true, force: true });
  return once();
}
