import { Stop } from "../report.ts";
import { lastWords, type Ran, type Run, succeeded } from "../run.ts";

/** Pulumi's words about a passphrase, in ours: which file it took, and what to do. */
export function explainPassphrase(said: string, env: Record<string, string | undefined>): string | undefined {
  const from = env.PULUMI_CONFIG_PASSPHRASE === undefined ? (env.PULUMI_CONFIG_PASSPHRASE_FILE ?? "nowhere") : "PULUMI_CONFIG_PASSPHRASE";
  if (/incorrect passphrase/.test(said))
    return `The passphrase (from ${from}) is not the one that this stack's secrets were encrypted with. Nothing was changed.
Set PULUMI_CONFIG_PASSPHRASE_FILE to the file with the right one. It can not be recovered from the state; a copy may be in your backups.`;
  if (/passphrase must be set/.test(said))
    return `This stack's secrets are encrypted, and no passphrase is set. Nothing was changed.
Set PULUMI_CONFIG_PASSPHRASE_FILE to the file that has it.`;
  return undefined;
}

export interface Pulumi {
  run: Run;
  env: Record<string, string | undefined>;
  stack: string;
}

/** A pulumi command on the stack that must succeed. @throws Stop with Pulumi's words, or ours where they say more */
export async function pulumi({ run, env, stack }: Pulumi, args: string[], stdin?: string): Promise<string> {
  const ran: Ran = await run("pulumi", [...args, "--stack", stack, "--non-interactive"], { stdin });
  if (succeeded(ran)) return ran.stdout;
  throw new Stop(explainPassphrase(ran.stderr, env) ?? `\`pulumi ${args[0]} ${args[1] ?? ""}\` failed:\n${lastWords(ran)}`);
}

/** The stack exists and is the one that `pulumi` by hand works on. */
export async function selectStack({ run, env, stack }: Pulumi): Promise<void> {
  const ran = await run("pulumi", ["stack", "select", "--create", "--non-interactive", "--stack", stack]);
  if (!succeeded(ran)) throw new Stop(explainPassphrase(ran.stderr, env) ?? `The stack "${stack}" can not be selected:\n${lastWords(ran)}`);
}
