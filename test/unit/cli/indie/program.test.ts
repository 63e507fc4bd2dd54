// The whole program, from what is typed to what is run; only Docker, Pulumi, the terminal and the folder are played.
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { Command } from "commander";
import { runProgram } from "../../../../cli/indie/commandLine.ts";
import { createProgram } from "../../../../cli/indie/program.ts";
import { fails, ok } from "../fakeRun.ts";
import { fake, type Fake, type FakeArgs } from "./fakeContext.ts";
import { outputs, stackProject } from "./outputs.ts";

const TEXT = "projects:\n  - name: blog\n    architecture: shared\n";
const RUNNING = { "docker container inspect": ok("true\n") };

let made: Fake | undefined;
const errors: string[] = [];
const shown: string[] = [];
beforeEach(() => {
  jest.spyOn(console, "error").mockImplementation((line) => void errors.push(line));
  jest.spyOn(process.stdout, "write").mockImplementation((text) => (shown.push(String(text)), true));
});
afterEach(() => {
  jest.restoreAllMocks();
  made?.remove();
  made = undefined;
  errors.length = 0;
  shown.length = 0;
});

/** Types a command line. */
async function typed(line: string, args: FakeArgs = {}): Promise<number> {
  const words = line.split(" ").filter(Boolean);
  const program = createProgram((command: Command) => {
    const { stack, json } = command.optsWithGlobals<{ stack: string; json?: boolean }>();
    made = fake({ text: TEXT, ...args, stack, json });
    return made.context;
  });
  return runProgram(program, words);
}

describe("every command", () => {
  const commands = createProgram().commands.filter((command) => command.name() !== "complete");

  test.each(commands.map((command) => [command.name()]))("%s says what it does, with examples", async (name) => {
    expect(await typed(`${name} --help`)).toBe(0);
    const help = shown.join("");
    expect(help).toMatch(new RegExp(`^Usage: indie ${name} `));
    expect(help).toMatch(/\nExamples:\n(?: {2}\S.* {3}# \S.*\n)+$/);
    expect(help).toContain(`indie ${name}`);
    expect(help).toContain("--stack <name>");
  });

  test.each(commands.map((command) => [command.name()]))("%s refuses an option that it does not know", async (name) => {
    expect(await typed(`${name} --no-such-option`)).toBe(2);
    expect(errors).toEqual([`✗ Unknown option '--no-such-option' → npx indie ${name} --help`]);
  });

  test.each(["restore", "rollback"])("%s says what is lost, and how not to lose it", async (name) => {
    expect(await typed(`${name} --help`)).toBe(0);
    expect(shown.join("").replaceAll(/\s+/g, " ")).toContain("What is written while a restore runs is lost: state: suspended, before, keeps users out (docs/backups.md).");
  });

  test("is in the help of all", async () => {
    expect(await typed("--help")).toBe(0);
    const help = shown.join("");
    expect(commands.map((command) => command.name()).filter((name) => !new RegExp(`^ {2}${name} `, "m").test(help))).toEqual([]);
    expect(help).not.toMatch(/^ {2}complete /m);
  });

  test("nothing typed: the same help", async () => {
    expect(await typed("")).toBe(0);
    expect(shown.join("")).toMatch(/^Usage: indie /);
  });
});

describe("what is typed wrongly is said in one line, with exit code 2", () => {
  test.each([
    ["lst", "✗ Unknown command 'lst' → did you mean list?"],
    ["frobnicate", "✗ Unknown command 'frobnicate' → npx indie --help"],
    ["add --architcture shared blog", "✗ Unknown option '--architcture' → did you mean --architecture?"],
    [
      "add --architecture share blog",
      "✗ Option '--architecture <word>' argument 'share' is invalid. Allowed choices are shared, isolated → npx indie add --help",
    ],
    ["add --architecture", "✗ Option '--architecture <word>' argument missing → npx indie add --help"],
    ["url blog docs", "✗ Too many arguments for 'url'. Expected 1 argument but got 2: blog, docs → npx indie url --help"],
    ["rollback", "✗ Missing required argument 'project' → npx indie rollback --help"],
    [
      "completion tcsh",
      "✗ Command-argument value 'tcsh' is invalid for argument 'shell'. Allowed choices are bash, zsh, fish → npx indie completion --help",
    ],
    ["backup", "✗ Which project? npx indie backup <project>, or --all"],
    ["backup --all blog", "✗ --all, or names: not both → npx indie backup --all"],
    ["backup Blog", '✗ "Blog" is no name of a project.'],
    ["link blog --stdout --json", "✗ Option '--stdout' cannot be used with option '--json' → npx indie link --help"],
    ["studio blog --up --json", "✗ Option '--up' cannot be used with option '--json' → npx indie studio --help"],
    ["restore blog --from ../x", '✗ "../x" is no name of a project.'],
  ])("%s", async (line, words) => {
    expect(await typed(line)).toBe(2);
    expect(errors).toEqual([words]);
  });
});

describe("what the backup container does", () => {
  test.each([
    ["backup blog docs", "backup blog docs"],
    ["backup --all --new-repository", "backup --all --new-repository"],
    ["backups", "list"],
    ["backups blog", "list blog"],
    ["backups --new-repository", "list --new-repository"],
    ["prove blog --backup 1-a", "prove blog --backup=1-a"],
    ["restore blog --backup 1-a --dry-run", "restore blog --backup=1-a --dry-run"],
    ["restore blog-copy --from blog", "restore blog-copy --from blog"],
    ["restore --all --without-safety-backup", "restore --all --without-safety-backup"],
    ["rollback blog --dry-run", "rollback blog --dry-run"],
    ["rollback blog --without-safety-backup", "rollback blog --without-safety-backup"],
    ["purge blog", "purge blog"],
  ])("indie %s", async (line, words) => {
    expect(await typed(`${line} --stack prod`, { answers: { "docker container inspect": ok("true\n") } })).toBe(0);
    expect(made!.ran.at(-1)).toBe(`attached: docker exec iv-prod-backup node main.ts ${words}`);
  });

  test("that it failed is the exit code; it has said why itself", async () => {
    expect(await typed("backup blog", { answers: RUNNING, attached: 1 })).toBe(1);
    expect(errors).toEqual([]);
  });

  test("Ctrl-C leaves it to its end", async () => {
    expect(await typed("backup blog", { answers: RUNNING, attached: 130 })).toBe(130);
    expect(errors).toEqual(["✗ What was begun goes on in the container iv-dev-backup, to its end."]);
  });

  test.each([
    ["there is none", fails("Error: No such container: iv-dev-backup"), '✗ The backup container of the stack "dev" does not run. Run: npx indie up'],
    ["it is stopped", ok("false\n"), '✗ The backup container of the stack "dev" does not run. Run: npx indie up'],
    ["there is no Docker", fails("Cannot connect to the Docker daemon"), "✗ Docker does not answer:\nCannot connect to the Docker daemon"],
  ])("%s", async (_, answer, words) => {
    expect(await typed("backups", { answers: { "docker container inspect": answer } })).toBe(1);
    expect(errors).toEqual([words]);
    expect(made!.ran).toHaveLength(1);
  });
});

describe("seeds", () => {
  const saved = { shop: { seed: "the-seed", generation: 1, entry: { name: "shop", architecture: "shared" } } };

  test("go into the stack's config, each by stdin, and the entries are printed", async () => {
    expect(await typed("seeds", { answers: { "docker exec": ok(JSON.stringify(saved)), "pulumi config set": ok() } })).toBe(0);
    expect(made!.ran.at(-1)).toBe("pulumi config set --secret indie-ventures:seeds.shop --stack dev --non-interactive");
    expect(made!.stdin).toEqual(["the-seed"]);
    expect(made!.printed.join("\n")).toContain("projects:\n  - name: shop\n    architecture: shared\n");
    expect(made!.printed.join("\n")).not.toContain("the-seed");
  });

  test.each([[saved], [{}]])("that could not all be had: those that were are set, what is missing is said, and no seed is", async (part) => {
    const ran = { exitCode: 1, stdout: JSON.stringify(part), stderr: "The keys of docs could not be had", missing: false };
    expect(await typed("seeds", { answers: { "docker exec": ran, "pulumi config set": ok() } })).toBe(1);
    expect(made!.stdin).toEqual(part === saved ? ["the-seed"] : []);
    expect(errors.join("\n")).toContain("The keys of docs could not be had");
    expect([...errors, ...made!.printed].join("\n")).not.toContain("the-seed");
  });

  test("none that the stack does not have", async () => {
    expect(await typed("seeds", { answers: { "docker exec": ok("{}") } })).toBe(0);
    expect(made!.printed).toEqual(["The repository has no project that this stack does not have."]);
  });
});

test("options of all commands are known before and behind the command", async () => {
  const answers = { pulumi: outputs({ blog: stackProject("blog") }) };
  for (const line of ["--stack prod url blog", "url blog --stack prod", "url -s prod blog"]) {
    expect(await typed(line, { answers })).toBe(0);
    expect(made!.ran).toEqual(["pulumi stack output --json --stack prod --non-interactive"]);
    made!.remove();
  }
  made = undefined;
});
