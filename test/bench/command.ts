// How long `indie` takes: by itself beside `node -e 0`, and beside what Pulumi takes for the same, in turns in one run.
import { execa } from "execa";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../cli/layout.ts";
import { PACK } from "../../cli/plan/policies.ts";
import { TestStack } from "../e2e/lib/testStack.ts";
import type { Figure } from "./table.ts";

const TWO = "projects:\n  - { name: blog, architecture: shared }\n  - { name: docs, architecture: shared }\n";
/** What the command needs of a clone besides what Pulumi does. */
const COMMAND = ["cli", "package-lock.json"];

/** Seconds of a program in the stack's folder. */
async function seconds(stack: TestStack, file: string, args: string[]): Promise<number> {
  const began = performance.now();
  await execa(file, args, { cwd: stack.directory, env: stack.env, stdin: "ignore" });
  return (performance.now() - began) / 1000;
}

interface Pairs {
  floor: number[];
  ours: number[];
}

async function inTurns(times: number, floor: () => Promise<number>, ours: () => Promise<number>): Promise<Pairs> {
  const pairs: Pairs = { floor: [], ours: [] };
  for (let time = 0; time < times; time++) {
    pairs.floor.push(await floor());
    pairs.ours.push(await ours());
  }
  return pairs;
}

const added = ({ floor, ours }: Pairs): number[] => ours.map((each, time) => each - floor[time]!);

export async function command(times = 9): Promise<Figure[]> {
  const stack = await TestStack.create(TWO);
  try {
    for (const path of COMMAND) await cp(join(root, path), join(stack.directory, path), { recursive: true });
    await stack.up();
    const indie = (...args: string[]) => () => seconds(stack, process.execPath, ["cli/indie.mjs", ...args]);
    const pulumi = (...args: string[]) => () => seconds(stack, "pulumi", [...args, "--stack", stack.name, "--non-interactive"]);
    const help = await inTurns(times, () => seconds(stack, process.execPath, ["-e", "0"]), indie("--help"));
    const list = await inTurns(times, pulumi("stack", "output", "--json"), indie("list", "--stack", stack.name));
    const plan = await inTurns(times, pulumi("preview", "--json", ...PACK), indie("plan", "--stack", stack.name));
    return [
      { name: "`node -e 0`", aim: "floor", unit: "s", samples: help.floor, how: "in turns with the next" },
      { name: "`indie --help`", aim: 0.4, unit: "s", samples: help.ours, how: "`node cli/indie.mjs --help`: without `npx`" },
      { name: "`pulumi stack output --json`", aim: "floor", unit: "s", samples: list.floor, how: "in turns with the next; two shared projects" },
      { name: "what `indie list` adds to it", aim: 0.5, unit: "s", samples: added(list), how: "the difference of each pair" },
      { name: `\`pulumi preview --json ${PACK.join(" ")}\``, aim: "floor", unit: "s", samples: plan.floor, how: "in turns with the next, which asks the policies as well" },
      { name: "what `indie plan` adds to it", aim: 0.5, unit: "s", samples: added(plan), how: "the difference of each pair" },
    ];
  } finally {
    await stack.remove();
  }
}
