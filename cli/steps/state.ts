import { randomBytes } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { scarceRoom } from "../../components/server/room.ts";
import { backendFolder, fileBackend, mendBackend } from "../backend.ts";
import { decideState, type StateDecision } from "../decide.ts";
import { root } from "../layout.ts";
import { type Report, Stop } from "../report.ts";
import type { Env } from "../run.ts";
import type { StackFile } from "../stackFile.ts";

export interface StateArgs {
  report: Report;
  env: Env;
  stack: string;
  stackFile: StackFile;
  stateDir: string;
}

/** A backend that `pulumi login`, an access token or Pulumi.yaml chose. Read where the CLI keeps it: asking it would need the network. */
function isLoggedIn(env: Env): boolean {
  if (env.PULUMI_ACCESS_TOKEN) return true;
  if (/^backend:/m.test(readFileSync(join(root, "Pulumi.yaml"), "utf8"))) return true;
  const credentials = join(env.PULUMI_CREDENTIALS_PATH ?? env.PULUMI_HOME ?? join(env.HOME ?? homedir(), ".pulumi"), "credentials.json");
  if (!existsSync(credentials)) return false;
  try {
    return Boolean(JSON.parse(readFileSync(credentials, "utf8")).current);
  } catch {
    return false;
  }
}

/** Written whole or not at all, and never over one that is there: half a passphrase would lock its owner out. */
function writePassphrase(file: string): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600, flag: "wx" });
  try {
    linkSync(draft, file);
  } finally {
    unlinkSync(draft);
  }
}

/**
 * Which clone works on a stack of ours. Two clones have two projects.yaml: the second one would take the first one's projects away.
 * @throws Stop where another clone, that is still there, has it
 */
function claim(stateDir: string, stack: string): void {
  const file = join(stateDir, `${stack}.clone`);
  const other = existsSync(file) ? readFileSync(file, "utf8").trim() : root;
  if (other !== root && existsSync(join(other, "Pulumi.yaml")))
    throw new Stop(
      `The stack "${stack}" of this computer belongs to the clone in ${other}.
From here it would get this clone's projects.yaml, and lose the projects that are only in the other.
Use \`npm run up -- --stack <another name>\`; or run it in ${other}; or, to go on from here, remove ${file}`,
    );
  writeFileSync(file, `${root}\n`, { mode: 0o600 });
}

function variables(decision: StateDecision, { stateDir, stack }: StateArgs): Record<string, string> {
  const file = join(stateDir, "passphrase");
  const found: Record<string, string> = {};
  if (decision.backend === "ours") found.PULUMI_BACKEND_URL = fileBackend(join(stateDir, "pulumi"));
  if (decision.passphrase === "generate") writePassphrase(file);
  if (decision.passphrase === "generate" || decision.passphrase === "ours") found.PULUMI_CONFIG_PASSPHRASE_FILE = file;
  if (decision.passphrase === "missing")
    throw new Stop(
      `Pulumi.${stack}.yaml was encrypted with a passphrase (\`encryptionsalt\`) that is not here: there is no ${file}
Put the passphrase there, or set PULUMI_CONFIG_PASSPHRASE_FILE to the file that has it.
If the stack is to start anew: remove the line \`encryptionsalt\` and every \`secure\` value from Pulumi.${stack}.yaml.`,
    );
  return found;
}

/** Where Pulumi keeps the state, and its passphrase: the user's own, else a file backend and a passphrase of ours. */
export function stateStep(args: StateArgs): Promise<Record<string, string>> {
  const { report, env, stack, stackFile, stateDir } = args;
  return report.step(async () => {
    mkdirSync(join(stateDir, "pulumi"), { recursive: true, mode: 0o700 });
    const decision = decideState({
      backendUrl: env.PULUMI_BACKEND_URL || undefined,
      loggedIn: isLoggedIn(env),
      passphrase: env.PULUMI_CONFIG_PASSPHRASE !== undefined || env.PULUMI_CONFIG_PASSPHRASE_FILE !== undefined,
      passphraseFile: existsSync(join(stateDir, "passphrase")),
      salted: stackFile.salted,
    });
    const found = variables(decision, args);
    if (decision.backend === "ours") claim(stateDir, stack);
    // Repeated in `.indie/env`, so that pulumi by hand in another terminal finds the same. A passphrase itself is not.
    for (const name of ["PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE_FILE"]) if (env[name]) found[name] ??= env[name];
    const folder = backendFolder(found.PULUMI_BACKEND_URL);
    const scarce = folder === undefined ? undefined : scarceRoom(folder);
    if (scarce !== undefined) throw new Stop(`${scarce} Nothing was changed. Make room, and run the same command again.`);
    for (const line of folder === undefined ? [] : mendBackend(folder, stack)) report.line(line);
    const where = decision.backend === "ours" ? stateDir : (env.PULUMI_BACKEND_URL ?? "where `pulumi login` says");
    return { says: `state in ${where}${decision.passphrase === "generate" ? ", passphrase made" : ""}`, result: found };
  });
}
