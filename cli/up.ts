// `npm run up`: everything that `pulumi up` needs, then `pulumi up` (DESIGN §11). Pulumi by hand works just the same.
import { execa } from "execa";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { scarceRoom } from "../components/server/room.ts";
import { IMAGES } from "../spec/images.ts";
import { backendFolder } from "./backend.ts";
import { renderEnvironmentFile } from "./decide.ts";
import { describeBackups, keepState } from "./backupContainer.ts";
import { pulumiDownloads } from "./downloads.ts";
import { lab } from "./lab.ts";
import { outliveInterrupt } from "./interrupt.ts";
import { envFile, root, stateDir } from "./layout.ts";
import { parseUpOptions, stackOption, type UpOptions, USAGE } from "./options.ts";
import { recover } from "./recover.ts";
import { boxed, EXIT, failed, type Report, reporter, Stop } from "./report.ts";
import { runner } from "./run.ts";
import { shownLines } from "./shown.ts";
import { isLocalhost, readStackFile } from "./stackFile.ts";
import { checkDisk, renderHostsLine, unresolved } from "./steps/checks.ts";
import { dockerStep } from "./steps/docker.ts";
import { imagesStep } from "./steps/images.ts";
import { pluginsStep, pulumiStep } from "./steps/pulumi.ts";
import { explainPassphrase, type Pulumi, pulumi, selectStack } from "./steps/stack.ts";
import { stateStep } from "./steps/state.ts";
import { ToolEnvironment } from "./tools.ts";
import { refuseSecrets } from "./verbosity.ts";

interface Ready extends Pulumi {
  /** What stands in for the real thing, in words. */
  standIns: string[];
}

/** All that is missing, step by step; what is there already is left as it is. */
async function setUp(report: Report, stack: string): Promise<Ready> {
  const tools = new ToolEnvironment(process.env);
  const run = runner(root, tools.env);
  const stackFile = readStackFile(stack);
  const state = stateDir(tools.env);
  tools.set(await dockerStep(report, run, tools.env, state));
  const parts = { report, run, tools, lab: isLocalhost(stackFile) ? lab(report) : undefined, downloads: pulumiDownloads() };
  const cli = await pulumiStep(parts);
  const plugins = await pluginsStep(parts);
  // The other gateway's is not wanted.
  const { [stackFile.config.gateway === "kong" ? "envoy" : "kong"]: _, ...wanted } = IMAGES;
  const images = await imagesStep({ ...parts, images: wanted, configured: stackFile.config.images });
  tools.set(await stateStep({ report, env: tools.env, stack, stackFile, stateDir: state }));
  writeEnvironmentFile(tools);
  const ready = { run, env: tools.env, stack, standIns: [...cli.standIns, ...plugins.standIns, ...images.standIns] };
  await report.step(async () => {
    await selectStack(ready);
    if (images.imagesFile !== undefined && images.imagesFile !== stackFile.config.images)
      await pulumi(ready, ["config", "set", "images", images.imagesFile]);
    return { says: `stack ${stack}; for pulumi by hand: source .indie/env`, result: undefined };
  });
  return ready;
}

function writeEnvironmentFile(tools: ToolEnvironment): void {
  // Not there yet in a new clone where nothing had to be installed.
  mkdirSync(dirname(envFile), { recursive: true });
  // By a rename, so that a shell that reads it at this moment reads all of it.
  writeFileSync(`${envFile}.new`, renderEnvironmentFile(tools), { mode: 0o600 });
  renameSync(`${envFile}.new`, envFile);
}

const notice = (standIns: string[]): string =>
  boxed(["STAND-INS ARE IN USE: for trying and testing, NOT for production.", "The internet's downloads can not be reached from here, so these are the lab's:", ...standIns.map((part) => `  - ${part}`)]);

/** A database that runs full loses more than an update. Other faults of the server the program itself finds, before its first change. */
const checkServer = (report: Report, { run }: Ready): Promise<void> =>
  report.step(async () => {
    await checkDisk(run);
    return { says: "the disk has room", result: undefined };
  });

/** @returns the exit code of `pulumi up`, which talks to the terminal itself */
async function pulumiUp({ env, stack }: Ready, args: string[]): Promise<number> {
  const child = execa("pulumi", ["up", "--yes", "--stack", stack, ...args], {
    cwd: root,
    env,
    extendEnv: false,
    reject: false,
    stdin: "inherit",
    stdout: "inherit",
    // Seen by us too, for the words about passphrases.
    stderr: ["inherit", "pipe"],
  });
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  // Pulumi ends an update in order at the first Ctrl-C.
  const { result, isInterrupted } = await outliveInterrupt(() => child);
  if (result.exitCode === 0) return 0;
  if (isInterrupted) return EXIT.interrupted;
  const explained = explainPassphrase(result.stderr, env);
  if (explained) throw new Stop(explained);
  // Pulumi says it of one file, amid much else.
  const folder = backendFolder(env.PULUMI_BACKEND_URL);
  const scarce = folder === undefined ? undefined : scarceRoom(folder);
  if (scarce) throw new Stop(`${scarce}\nMake room, and run the same command again: it puts in order what was half done.`);
  return result.exitCode ?? 1;
}

interface Outputs {
  projects?: Record<string, { url: string }>;
}

/** What README shows, too. Each project has a schedule of its own. */
export function whatNext(stack: string): string[] {
  const option = stackOption(stack);
  return [
    `Their keys: npx indie keys <project>${option}. One more: npx indie add${option}. All commands: npx indie --help (docs/indie.md)`,
    `Backups: each night at 3 (UTC), or as the file says; now, with a proof: npx indie backup --all${option} (docs/backups.md)`,
  ];
}

async function showProjects(ready: Ready): Promise<void> {
  const outputs: Outputs = JSON.parse(await pulumi(ready, ["stack", "output", "--json"]));
  const urls = Object.entries(outputs.projects ?? {}).map(([name, { url }]) => ({ name, url }));
  console.log(`\nProjects of ${ready.stack}:`);
  for (const { name, url } of urls) console.log(`  ${name.padEnd(20)} ${url}`);
  for (const line of whatNext(ready.stack)) console.log(line);
  const hosts = await unresolved(urls.map(({ url }) => new URL(url).hostname));
  if (hosts.length > 0) console.log(`\n${renderHostsLine(hosts)}`);
}

export type UpArgs = Pick<UpOptions, "stack" | "pulumiArgs" | "emptyServer">;

/** @returns the exit code of `pulumi up` @throws Misuse where that would print secrets */
export async function up(options: UpArgs): Promise<number> {
  refuseSecrets("up", { stack: options.stack, args: options.pulumiArgs, env: process.env });
  const report = reporter(console.log);
  const ready = await setUp(report, options.stack);
  if (ready.standIns.length > 0) console.log(notice(ready.standIns));
  await checkServer(report, ready);
  const { backupRepository } = readStackFile(options.stack).config;
  await recover({ ...ready, report, isEmptyServer: options.emptyServer, backupRepository: typeof backupRepository === "string" ? backupRepository : undefined });
  const exitCode = await pulumiUp(ready, options.pulumiArgs);
  if (exitCode === 0) {
    await showProjects(ready);
    // The update itself is done: a fault here is said, and the next run tries again.
    await keepState(ready).catch((error: Error) => console.error(`! The backups do not have this update's state yet: ${shownLines(error.message)}`));
    if (options.emptyServer) console.log(shownLines(await describeBackups(ready)));
  }
  if (ready.standIns.length > 0) console.log(`\n${notice(ready.standIns)}`);
  return exitCode;
}

async function main(args: string[]): Promise<number> {
  const options = parseUpOptions(args);
  if (!options.help) return up(options);
  console.log(USAGE);
  return 0;
}

if (import.meta.filename === process.argv[1]) process.exitCode = await main(process.argv.slice(2)).catch(failed);
