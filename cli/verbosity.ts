// What makes Pulumi print secrets: with --debug, and from -v=3 on, its docker provider shows the whole environment of each container, and from -v=9 on
// its engine each value that goes through it (docs/security.md). No program can hold that back, so ours do not begin it.
import { stackOption } from "./options.ts";
import { Misuse } from "./report.ts";
import type { Env } from "./run.ts";

/** The options are read as Pulumi reads them (pflag): letters in a row, as in `-yv=9`, too; those that take a value end the row. */
const LETTERS = /^-([^-=scmtxpCdv]*)([dv])(=?)(.*)$/;

/** From 3 on, or no plain number: Pulumi reads `0x9` as one. Without a value it refuses the option itself. */
const isHigh = (level: string | undefined): boolean => level !== undefined && !(/^-?\d+$/.test(level) && Number(level) < 3);

const isOn = (value: string | undefined): boolean => !/^(0|f|false)$/i.test(value ?? "true");

function isLoud(option: string, next: string | undefined): boolean {
  const [, name, value] = /^--(debug|verbose)(?:=(.*))?$/.exec(option) ?? [];
  if (name !== undefined) return name === "debug" ? isOn(value) : isHigh(value ?? next);
  const [, , letter, equals, rest] = LETTERS.exec(option) ?? [];
  if (letter === "d") return equals === "" || isOn(rest);
  return letter === "v" && isHigh(equals === "" && rest === "" ? next : rest);
}

/** Of options for `pulumi up` or `pulumi preview`, those that make it print secrets; each can be said by a variable as well. */
export function loudOptions(args: string[], env: Env): string[] {
  const typed = args.flatMap((arg, index) => {
    const next = args[index + 1];
    if (!isLoud(arg, next)) return [];
    return [/^(--verbose|-[^-]*v)$/.test(arg) && next !== undefined ? `${arg} ${next}` : arg];
  });
  const isSet = /^(1|true)$/i.test(env.PULUMI_OPTION_DEBUG ?? "");
  return [...typed, ...(isSet ? ["PULUMI_OPTION_DEBUG"] : []), ...(isHigh(env.PULUMI_OPTION_VERBOSE || undefined) ? ["PULUMI_OPTION_VERBOSE"] : [])];
}

/** @throws Misuse where Pulumi would print secrets */
export function refuseSecrets(command: "up" | "preview", { stack, args, env }: { stack: string; args: string[]; env: Env }): void {
  const [loud] = loudOptions(args, env);
  if (loud === undefined) return;
  throw new Misuse(`${loud} shows secrets: Pulumi prints the whole environment of containers with it, passwords too, here and into every log of it (docs/security.md).
Nothing was done. Leave it out, or take at most -v=2. Where only you read it, on your own responsibility:
  source .indie/env && pulumi ${command}${stackOption(stack)} …`);
}
