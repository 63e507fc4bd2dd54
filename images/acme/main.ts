// The acme container's program: `node main.ts <command>`. Its first process has it order and renew (serve.sh); by `docker exec` it is told of names.
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { keep, ordersDue } from "./keep.ts";
import { prepareFolders } from "./live.ts";
import { withLock } from "./lock.ts";
import { order } from "./order.ts";
import { forgetOtherFailures } from "./orderedBy.ts";
import { WEBROOT } from "./places.ts";
import { readSettings, type Settings } from "./settings.ts";
import { writeStatus } from "./status.ts";
import { inWords, Stop } from "./stop.ts";
import { put, unwant, want } from "./tell.ts";

const USAGE = `keep             orders what is due, and takes away what nobody wants any more
want <owner>     stdin: JSON, the certificates that a project, or the server, has to have
unwant <owner>   they need not be any more
put <name>       stdin: JSON, a certificate from elsewhere with its key
now              orders all that failed, or is due, at once
status           writes the status anew`;

const say = (line: string): void => console.log(line);

function only(args: readonly string[], what: string): string {
  const [first, ...more] = args;
  if (first === undefined || more.length > 0) throw new Stop(`Name one ${what}`);
  return first;
}

async function stdin(): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

async function nowCommand(settings: Settings): Promise<void> {
  if (settings.acme === undefined) return say(`The issuer is ${settings.issuer}: no CA is asked.`);
  const due = await ordersDue(settings, new Date(), true);
  const failed: string[] = [];
  for (const wanted of due) if ((await order({ settings, wanted, say, clock: () => new Date() })) !== undefined) failed.push(wanted.name);
  if (due.length === 0) say("Every name has its certificate.");
  if (failed.length > 0) throw new Stop(`${failed.length} of ${due.length} failed: ${failed.join(", ")}`);
}

/** What an order that was killed left for the CA to read. */
async function dropOldAnswers(): Promise<void> {
  const folder = join(WEBROOT, ".well-known", "acme-challenge");
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
}

/** Once. An order in the middle of which it is killed is given up: the next time orders again. */
async function keepCommand(settings: Settings): Promise<void> {
  const log = (line: string) => console.log(`${new Date().toISOString()} ${line}`);
  await withLock("order", dropOldAnswers);
  await forgetOtherFailures(settings);
  await keep(settings, log).catch((error: unknown) => log(`FAILED: ${inWords(error)}`));
}

const COMMANDS: Record<string, (settings: Settings, args: string[]) => Promise<void>> = {
  keep: keepCommand,
  want: async (settings, args) => want(settings, only(args, "owner"), await stdin()),
  unwant: (_, args) => unwant(only(args, "owner")),
  put: async (_, args) => put(only(args, "certificate"), await stdin()),
  now: nowCommand,
  status: () => withLock("files", writeStatus),
};

try {
  const [word = "", ...args] = process.argv.slice(2);
  const command = Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined;
  if (command === undefined) throw new Stop(USAGE);
  const settings = readSettings();
  await prepareFolders();
  await command(settings, args);
} catch (error) {
  console.error(error instanceof Stop ? error.message : error);
  process.exitCode = 1;
}
