// `npm run indie -- <command>`: backups, by hand. A first, thin command: what it says, the server's backup container does.
import { execa } from "execa";
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { stringify } from "yaml";
import type { SavedProject } from "../images/backup/seeds.ts";
import { execArguments, inBackupContainer } from "./backupContainer.ts";
import { envFile, root } from "./layout.ts";
import { failed, Stop } from "./report.ts";
import { type Env, type Run, runner } from "./run.ts";
import { pulumi } from "./steps/stack.ts";

const COMMANDS = ["backup", "prove", "list", "restore", "rollback", "purge", "seeds"];

const USAGE = `npm run indie -- <command> [--stack <name>]

  backup <project>… | --all          make a backup, restore it into a scratch database, compare
  prove <project>… | --all           restore the newest backup into a scratch database again, and compare
  list [<project>…]                  the backups that there are
  restore <project>… | --all         put the newest proven backup in the place of what the project has now, after a backup of that
    --backup <id>                      another one than the newest
    --from <project>                   a backup of another project
    --dry-run                          make and compare everything, and change nothing
    --without-safety-backup            what is there now is not kept: for a new server's empty projects
  rollback <project>                 take back the last restore
  purge <project>                    delete what is left of a project that is \`state: removed\`, before its day
  seeds                              take the keys of projects that this stack does not have from the repository into its config
    --from <project> --as <name>       those of one for another, new one: restored beside it, it has the old keys

  -s, --stack <name>   the Pulumi stack, which is the server   (default: dev, this computer)`;

interface Parsed {
  command: string;
  stack: string;
  /** For the container's program, as they are. */
  words: string[];
}

/** @throws Stop where it is no command of ours */
export function parseIndie(args: string[]): Parsed | undefined {
  const [command, ...rest] = args;
  if (command === undefined || command === "--help" || command === "-h" || rest.includes("--help")) return undefined;
  if (!COMMANDS.includes(command)) throw new Stop(`There is no command ${JSON.stringify(command)}.\n\n${USAGE}`);
  const { tokens, values } = parseArgs({ args: rest, options: { stack: { type: "string", short: "s" } }, allowPositionals: true, strict: false, tokens: true });
  const ours = new Set(tokens.flatMap((token) => (token.kind === "option" && token.name === "stack" ? [token.index, ...(token.inlineValue ? [] : [token.index + 1])] : [])));
  const stack = typeof values.stack === "string" ? values.stack : "dev";
  return { command, stack, words: rest.filter((_, index) => !ours.has(index)) };
}

/** The variables that `npm run up` wrote for pulumi by hand: its folder of tools, the engine, the state. */
async function readEnvironment(): Promise<Env> {
  if (!existsSync(envFile)) throw new Stop("There is nothing to talk to yet. Run: npm run up");
  const { stdout } = await execa("sh", ["-c", '. "$0" && exec env -0', envFile]);
  return Object.fromEntries(stdout.split("\0").filter(Boolean).map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

/** Sets `seeds.<name>` for each project of the repository that the stack does not have. No value is in an argument. */
async function importSeeds(run: Run, env: Env, stack: string, words: string[]): Promise<void> {
  const saved = JSON.parse(await inBackupContainer(run, stack, ["seeds", ...words])) as Record<string, SavedProject>;
  const names = Object.keys(saved);
  const from = Object.values(saved).flatMap((each) => (each.from === undefined ? [] : ["--from", each.from]));
  if (names.length === 0) return console.log("The repository has no project that this stack does not have.");
  for (const name of names) await pulumi({ run, env, stack }, ["config", "set", "--secret", `indie-ventures:seeds.${name}`], saved[name]!.seed);
  console.log(`The keys of ${names.join(", ")} are in the stack's config: a project of that name is made with them.
As the backups have them, to be put into the file of projects (with all defaults, which may go):
${stringify({ projects: names.map((name) => saved[name]!.entry) })}
Then: npm run up, and npm run indie -- ${["restore", ...names, ...from, "--without-safety-backup"].join(" ")}`);
}

async function main(args: string[]): Promise<number> {
  const parsed = parseIndie(args);
  if (parsed === undefined) {
    console.log(USAGE);
    return 0;
  }
  const env = await readEnvironment();
  const run = runner(root, env);
  if (parsed.command === "seeds") {
    await importSeeds(run, env, parsed.stack, parsed.words);
    return 0;
  }
  // Ctrl-C ends what we show; the job goes on in the container to its end.
  const { exitCode } = await execa("docker", execArguments(parsed.stack, [parsed.command, ...parsed.words]), { env, extendEnv: false, stdio: "inherit", reject: false });
  return exitCode ?? 1;
}

if (import.meta.filename === process.argv[1]) process.exitCode = await main(process.argv.slice(2)).catch(failed);
