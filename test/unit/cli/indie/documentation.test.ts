// docs/indie.md says what the program does: its tables are the program's own, and each error in it is provoked here.
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { Command } from "commander";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram } from "../../../../cli/indie/commandLine.ts";
import { createContext } from "../../../../cli/indie/context.ts";
import { renderCommands, renderExitCodes, renderOptions } from "../../../../cli/indie/documentation.ts";
import { createProgram } from "../../../../cli/indie/program.ts";
import { fails, missing, ok } from "../fakeRun.ts";
import { containers } from "./dockerAnswers.ts";
import { ALL_PROJECTS, fake, type Fake, type FakeArgs, megabytes } from "./fakeContext.ts";
import { outputs, stackProject } from "./outputs.ts";

const page = readFileSync(new URL("../../../../docs/indie.md", import.meta.url), "utf8");

test.each([
  ["commands", renderCommands(createProgram())],
  ["options", renderOptions(createProgram())],
  ["exit codes", renderExitCodes()],
])("the page has the table of %s as the program has it", (_, table) => expect(page).toContain(table));

test("the page says of each command that has no --json why", () => {
  const why = /^No `--json` have [^]*?\n\n/m.exec(page)![0];
  const without = createProgram().commands.filter((command) => command.name() !== "complete" && !command.options.some(({ long }) => long === "--json"));
  expect(without.map((command) => command.name()).filter((name) => !why.includes(`\`${name}\``))).toEqual([]);
});

/** The rows of the last table: what a message begins with, and the exit code. */
const documented = [...page.slice(page.indexOf("## When it says no")).matchAll(/^\| (`.+`) \| (\d+) \| /gm)].map(([, message, code]) => ({
  message: message!.replace(/^`(` )?/, "").replace(/( `)?`$/, ""),
  code: Number(code),
}));

const BLOG = "projects:\n  - name: blog\n    architecture: shared\n";
const THERE = { pulumi: outputs({ blog: stackProject("blog") }) };
const AUTH = [{ name: "blog-auth-1", service: "auth", project: "blog" }];
const running = { "docker container inspect": ok("true\n") };

interface Provoked extends FakeArgs {
  line: string;
  /** Between the moment that the program starts and the one that it reads its files. */
  meanwhile?: (made: Fake) => void;
  /** Done with the rights of nobody. */
  asNobody?: true;
}

/** A file in the folder where the command is typed. */
const inApp =
  (text: string, name = ".env") =>
  ({ context }: Fake): void =>
    writeFileSync(join(context.calledFrom, name), text);

/** How to provoke each of them; by how the page writes it. */
const PROVOKED: Record<string, Provoked> = {
  "There is no projects.yaml yet.": { line: "list", text: undefined },
  "There is a projects.yaml already.": { line: "init" },
  "projects.yaml has to be mended first.": { line: "add --architecture shared shop", text: `${BLOG}    colour: red\n` },
  "projects.yaml would not be right with it.": { line: "add --architecture shared --domain blog.localhost shop" },
  "projects.yaml is written in a way that this command does not edit.": {
    line: "suspend blog",
    text: "projects:\n  - name: blog\n    architecture: shared\n    state: &s present\n  - name: docs\n    architecture: shared\n    state: *s\n",
  },
  "projects.yaml was changed by somebody else in the meantime.": {
    line: "add --architecture shared shop",
    answers: { docker: () => (writeFileSync(made!.path, "projects: []\n"), megabytes(16_000)) },
  },
  "projects.yaml can not be read (…).": { line: "suspend blog", meanwhile: ({ path }) => (rmSync(path), mkdirSync(path)) },
  "projects.yaml can not be written (…).": { line: "suspend blog", meanwhile: ({ context }) => chmodSync(context.folder, 0o555), asNobody: true },
  "projects.yaml has … already": { line: "add --architecture isolated blog" },
  'projects.yaml has no project "…"': { line: "remove shop" },
  "The projects of this server may take … MB of memory, and it has … MB.": {
    line: "add --architecture isolated shop",
    answers: { docker: megabytes(2000) },
  },
  'The stack "…" was never brought up': { line: "keys blog", answers: { pulumi: fails("error: no stack named 'dev' found") } },
  "There is no program `pulumi` on PATH": { line: "keys blog" },
  'Pulumi can not look for the stack "…"': { line: "doctor", answers: { pulumi: fails("error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions") } },
  'The stack … has no project "…"': { line: "url shop", answers: THERE },
  "The stack … has no project.": { line: "url", answers: { pulumi: outputs({}) } },
  "`pulumi preview` failed:": { line: "plan --no-policies", answers: { docker: missing, pulumi: fails("error: no") } },
  "`pulumi stack output` failed:": { line: "list", answers: { pulumi: fails("error: no") } },
  "`pulumi stack export` failed:": { line: "doctor", answers: { pulumi: fails("error: no") } },
  "The passphrase (from …) is not the one": { line: "list", answers: { pulumi: fails("error: incorrect passphrase") } },
  'The backup container of the stack "…" does not run.': { line: "backups", answers: { "docker container inspect": ok("false\n") } },
  'The backup container of stack "…" could not do it:': { line: "seeds", answers: { docker: fails("no such backup") } },
  "Docker does not answer": { line: "backups" },
  ".env sets … already, to something else than …'s.": { line: "link blog", answers: THERE, meanwhile: inApp("SUPABASE_URL=theirs") },
  ".env is written in a way that this command does not edit.": {
    line: "link blog --force",
    answers: THERE,
    meanwhile: inApp('SUPABASE_URL="a\nb"'),
  },
  ".env can not be read (…).": { line: "link blog", answers: THERE, meanwhile: ({ context }) => mkdirSync(join(context.calledFrom, ".env")) },
  "There is no folder …": { line: "link blog --file none/.env", answers: THERE },
  "… is there already, and was not touched": { line: "export blog", answers: { ...running, git: missing }, meanwhile: inApp("", "blog.tar") },
  "No archive was made.": {
    line: "export blog",
    answers: { ...running, git: missing },
    // A docker that fails; it is the only program there.
    meanwhile: (fresh) => (inApp("#!/bin/sh\nexit 1\n", "docker")(fresh), chmodSync(join(fresh.context.folder, "docker"), 0o755)),
  },
  "The package.json here can not be read.": { line: "link blog", answers: THERE, meanwhile: inApp("{", "package.json") },
  'The stack … has no container of "…"': { line: "logs shop", answers: containers(AUTH) },
  '… has no service "…"': { line: "logs blog functions", answers: containers(AUTH) },
  "`docker logs` failed:": { line: "logs blog --since soon", answers: { ...containers(AUTH), "docker logs": fails('invalid value for "since"') } },
  "… is …, and has no Studio.": { line: "studio blog", text: `${BLOG}    state: suspended\n` },
  "…'s Studio runs always": { line: "studio blog --off", text: BLOG.replace("shared", "isolated") },
  "… says services.studio: off": { line: "studio blog", text: `${BLOG}    services: { studio: off }\n` },
  "`pulumi config rm` failed:": {
    line: "studio blog --off",
    stackFile: `${ALL_PROJECTS}  indie-ventures:studio: blog\n`,
    answers: { "pulumi config": fails("error: no"), ...THERE },
  },
  "`pulumi config set` failed:": { line: "studio blog", answers: { "pulumi config": fails("error: no"), ...THERE } },
  "… shows secrets:": { line: "plan -- --debug" },
  "Unknown command '…'": { line: "lst" },
  "Unknown option '…'": { line: "list --jsno" },
  "Option '…' argument '…' is invalid.": { line: "add --architecture both shop" },
  "Option '…' argument missing": { line: "list --stack" },
  "Option '…' cannot be used with option '…'": { line: "link blog --stdout --force" },
  "Missing required argument '…'": { line: "purge" },
  "Command-argument value '…' is invalid": { line: "completion tcsh" },
  "Too many arguments for '…'.": { line: "list blog" },
  'The name "…" breaks the rule:': { line: "add --architecture shared My_Shop" },
  'The name "…" is refused:': { line: "add --architecture shared postgres" },
  '"…" is no name of a project.': { line: "purge BLOG" },
  "The name is missing": { line: "add" },
  "The architecture is missing": { line: "add shop" },
  "Which project?": { line: "suspend" },
  "There is no project to …": { line: "suspend", text: "projects: []\n", types: [] },
  "--all, or names: not both": { line: "prove --all blog" },
  "--from and --as go together": { line: "seeds --as shop" },
  'There is no key "…"': { line: "keys blog password", answers: THERE },
  '--stack "…": not a name of a Pulumi stack.': { line: "list --stack ../other" },
  "Nothing was changed.": { line: "suspend", types: ["^C"] },
  "What was begun goes on in the container": { line: "backup blog", answers: running, attached: 130 },
};

let made: Fake | undefined;
const errors: string[] = [];
beforeEach(() => void jest.spyOn(console, "error").mockImplementation((line) => void errors.push(line)));
afterEach(() => {
  jest.restoreAllMocks();
  if (made !== undefined) chmodSync(made.context.folder, 0o755);
  made?.remove();
  made = undefined;
  errors.length = 0;
});

const asPattern = (message: string): RegExp =>
  new RegExp(
    `^✗ ${message
      .split("…")
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
      .join(".+?")}`,
  );

/** Runs something with the rights of nobody, where we have them all: root may write anywhere. */
async function withoutRights<T>(work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work();
  process.seteuid!(65_534);
  try {
    return await work();
  } finally {
    process.seteuid!(0);
  }
}

describe("each error of the page", () => {
  test("is provoked here, and no other", () => expect(documented.map(({ message }) => message).sort()).toEqual(Object.keys(PROVOKED).sort()));

  test.each(documented.map(({ message, code }) => [message, code] as const))("%s", async (message, code) => {
    const { line, meanwhile, asNobody, ...args } = PROVOKED[message]!;
    const program = createProgram((command: Command) => {
      const { stack, color, json } = command.optsWithGlobals<{ stack: string; color: boolean; json?: boolean }>();
      createContext({ stack, color, json });
      made = fake({ text: BLOG, ...args, stack, json });
      meanwhile?.(made);
      return made.context;
    });
    const run = () => runProgram(program, line.split(" "));
    expect(await (asNobody ? withoutRights(run) : run())).toBe(code);
    expect(errors.join("\n")).toMatch(asPattern(message));
  });
});
