// What is gone is made again by Pulumi, which looks at that alone first: after that it is missing in the state, and an update makes it.
import { keepState } from "../../backupContainer.ts";
import { Stop } from "../../report.ts";
import { stackOption } from "../../options.ts";
import { parseUrn } from "../../plan/urn.ts";
import { lastWords, succeeded } from "../../run.ts";
import { shownLines } from "../../shown.ts";
import { explainPassphrase, pulumi } from "../../steps/stack.ts";
import type { FixArgs } from "./fix.ts";

/** A line of `pulumi preview --json`. */
export interface Step {
  op: string;
  urn: string;
}

const isChange = ({ op }: Step): boolean => !["same", "read", "refresh"].includes(op);

/** Of these an update may be given to make, replace and delete: they hold no data. */
const WITHOUT_DATA = /^(?:docker:index\/container:Container|docker:index\/network:Network|command:local:Command|indie-ventures:.*|pulumi:pulumi:Stack)$/;

/** Steps that are more than to make what is gone, and what follows from that. A role that is gone is made, and none is changed or deleted. */
export function harmful(steps: Step[], remade: readonly string[]): Step[] {
  return steps.filter(isChange).filter(({ op, urn }) => !WITHOUT_DATA.test(parseUrn(urn).type) && !(op === "create" && remade.includes(urn)));
}

const inWords = (steps: Step[]): string => steps.slice(0, 5).map(({ op, urn }) => `${op} ${parseUrn(urn).name}`).join(", ");

/** @throws Stop where it would do more than that, or fails; before the refresh nothing is changed */
export async function remake(args: FixArgs, urns: string[]): Promise<void> {
  const others = (await preview(args)).filter(isChange);
  if (others.length > 0) throw new Stop(`projects.yaml or the settings ask for other changes too (${inWords(others)}), and it would make them all: npx indie up${stackOption(args.stack)}, then this again`);
  await pulumi(args, ["refresh", "--yes", "--skip-preview", ...urns.flatMap((urn) => ["--target", urn])]);
  const harm = harmful(await preview(args), urns);
  if (harm.length > 0) throw new Stop(`the update would do more than that (${inWords(harm)}): look at it with pulumi preview`);
  await pulumi(args, ["up", "--yes", "--skip-preview"]);
  await keepState(args).catch((error: unknown) => {
    if (!(error instanceof Stop)) throw error;
    args.note(`  the backups do not have this state yet: ${shownLines(error.message)}`);
  });
}

async function preview({ run, env, stack }: FixArgs): Promise<Step[]> {
  const ran = await run("pulumi", ["preview", "--json", "--stack", stack, "--non-interactive"]);
  if (!succeeded(ran)) throw new Stop(explainPassphrase(ran.stderr, env) ?? `\`pulumi preview\` failed: ${lastWords(ran, 5)}`);
  return (JSON.parse(ran.stdout) as { steps?: Step[] }).steps ?? [];
}
