// Figures of one stack with two shared projects, and of the floor under them, in turns in one run.
import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { root } from "../../cli/layout.ts";
import { docker, TestStack } from "../e2e/lib/testStack.ts";
import { gatewayLatency } from "./gatewayLatency.ts";
import type { Figure } from "./table.ts";

const projects = (...names: string[]) => `projects:\n${names.map((name) => `  - name: ${name}\n    architecture: shared\n`).join("")}`;
const TWO = projects("blog", "docs");

/** Seconds of wall time. */
async function timed(run: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await run();
  return (performance.now() - began) / 1000;
}

/** What a person types: with the preview. */
const up = (stack: TestStack) => stack.pulumi(["up", "--yes"]);

/** A program without resources, on a stack of its own with the same backend. */
async function floorProgram(stack: TestStack): Promise<{ up: () => Promise<unknown>; remove: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), "indie-ventures-floor-"));
  await cp(join(root, "test", "bench", "floor"), directory, { recursive: true });
  await cp(join(root, "package.json"), join(directory, "package.json"));
  await symlink(join(root, "node_modules"), join(directory, "node_modules"));
  const pulumi = (...args: string[]) => execa("pulumi", [...args, "--non-interactive", "--stack", "floor"], { cwd: directory, env: stack.env, stdin: "ignore" });
  await pulumi("stack", "init");
  return { up: () => pulumi("up", "--yes"), remove: () => rm(directory, { recursive: true, force: true }) };
}

/** MB of a container, as `docker stats` counts it: without the page cache that can go. */
async function memory(container: string): Promise<number> {
  const used = (await docker("stats", "--no-stream", "--format", "{{.MemUsage}}", container)).split(" / ")[0]!;
  const [, number, unit] = /^([\d.]+)([A-Za-z]+)$/.exec(used) ?? [];
  const factor = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }[unit ?? ""];
  if (factor === undefined) throw new Error(`docker stats says ${JSON.stringify(used)}`);
  return (Number(number) * factor) / 1e6;
}

async function edgeMemory(stack: TestStack): Promise<number> {
  const label = (name: string, value: string) => ["--filter", `label=indie-ventures.${name}=${value}`];
  const list = (service: string) => docker("ps", "--quiet", ...label("stack", stack.name), ...label("service", service));
  const containers = (await Promise.all([list("edge"), list("gateway")])).flatMap((ids) => ids.split("\n"));
  if (containers.length !== 2) throw new Error(`expected nginx and Envoy, found ${containers.length} containers`);
  const used = await Promise.all(containers.map(memory));
  return used.reduce((sum, each) => sum + each, 0);
}

/** Of the whole machine. */
async function coresBusy(seconds: number): Promise<number> {
  const busy = () => cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  const [before, began] = [busy(), performance.now()];
  await sleep(seconds * 1000);
  return (busy() - before) / (performance.now() - began);
}

async function firstUps(times: number): Promise<number[]> {
  const samples = [];
  for (let time = 0; time < times; time++) {
    const stack = await TestStack.create(TWO);
    try {
      samples.push(await timed(() => up(stack)));
    } finally {
      await stack.remove();
    }
  }
  return samples;
}

async function changes(stack: TestStack, times: number) {
  const [added, removed, resources] = [[] as number[], [] as number[], [] as number[]];
  for (let time = 0; time < times; time++) {
    await stack.writeProjects(projects("blog", "docs", "shop"));
    resources.push((await stack.preview()).length);
    added.push(await timed(() => up(stack)));
    await stack.writeProjects(TWO);
    removed.push(await timed(() => up(stack)));
  }
  return { added, removed, resources };
}

/** One more of a kind, and gone again. */
async function comesAndGoes(stack: TestStack, before: string, after: string, times: number): Promise<{ seconds: number[]; resources: number[] }> {
  const [seconds, resources] = [[] as number[], [] as number[]];
  for (let time = 0; time < times; time++) {
    await stack.writeProjects(after);
    resources.push((await stack.preview()).length);
    seconds.push(await timed(() => up(stack)));
    await stack.writeProjects(before);
    await up(stack);
  }
  return { seconds, resources };
}

/** Figures of a server that has ten shared projects. */
export async function projectsBesideTen(): Promise<Figure[]> {
  const ten = projects(...Array.from({ length: 10 }, (_, index) => `project-${index}`));
  const stack = await TestStack.create(ten);
  try {
    await up(stack);
    const shared = await comesAndGoes(stack, ten, `${ten}  - name: more\n    architecture: shared\n`, 5);
    const isolated = await comesAndGoes(stack, ten, `${ten}  - name: more\n    architecture: isolated\n`, 5);
    const busy = [await coresBusy(20), await coresBusy(20), await coresBusy(20)];
    const latency = await gatewayLatency(stack, "project-0", (await stack.outputs())["project-0"]!, 5);
    return [
      { name: "one shared project more, beside ten", aim: 15, unit: "s", samples: shared.seconds, how: "whole command, with its preview" },
      { name: "one isolated project more, beside ten shared ones", aim: 45, unit: "s", samples: isolated.seconds, how: "whole command, with its preview and its Studio" },
      { name: "resources of an isolated project", aim: 45, unit: "", samples: isolated.resources, how: "steps of the preview that adds it" },
      { name: "cores busy at rest, ten shared projects", unit: "cores", samples: busy, how: "over 20 s, the whole machine" },
      ...latency,
    ];
  } finally {
    await stack.remove();
  }
}

async function noOps(stack: TestStack, times: number) {
  const floor = await floorProgram(stack);
  const [ours, theirs] = [[] as number[], [] as number[]];
  try {
    await floor.up();
    await up(stack);
    for (let time = 0; time < times; time++) {
      theirs.push(await timed(floor.up));
      ours.push(await timed(() => up(stack)));
    }
  } finally {
    await floor.remove();
  }
  return { ours, theirs };
}

export async function projectsOnStack(): Promise<Figure[]> {
  const first = await firstUps(3);
  const stack = await TestStack.create(TWO);
  try {
    await up(stack);
    const { ours, theirs } = await noOps(stack, 7);
    const { added, removed, resources } = await changes(stack, 3);
    return [
      { name: "first `pulumi up`, two shared projects, images there", aim: 60, unit: "s", samples: first, how: "a new stack each time" },
      { name: "`pulumi up` of a program without resources", aim: "floor", unit: "s", samples: theirs, how: "the floor of all that follows, in turns with the next" },
      { name: "no-op `pulumi up`, two shared projects", aim: 5, unit: "s", samples: ours, how: "with its preview, whole command" },
      { name: "one shared project more", aim: 15, unit: "s", samples: added, how: "a third beside two, whole command" },
      { name: "one shared project less", unit: "s", samples: removed, how: "`protectData: false`, whole command" },
      { name: "resources of a shared project", aim: 20, unit: "", samples: resources, how: "steps of the preview that adds it" },
      { name: "memory of nginx and Envoy at rest", aim: 80, unit: "MB", samples: [await edgeMemory(stack)], how: "`docker stats`, two projects" },
    ];
  } finally {
    await stack.remove();
  }
}
