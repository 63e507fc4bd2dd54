// `indie` as a process: what shells see of it, and a person at a terminal.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "../../../../cli/layout.ts";
import { outputs, stackProject } from "./outputs.ts";

/** What `indie` needs of a clone; a copy, so that the projects.yaml of this one stays as it is. */
const CLONE = [
  "cli",
  "components",
  "images",
  "spec",
  "schema",
  "package.json",
  "package-lock.json",
  "projects.yaml",
  "Pulumi.dev.yaml",
  "Pulumi.prod.yaml",
  "Pulumi.yaml",
];

let clone: string;
let bin: string;
/** A folder for PATH, where there is neither Docker nor Pulumi. */
let path: string;
const original = readFileSync(join(root, "projects.yaml"), "utf8");

beforeAll(() => {
  clone = mkdtempSync(join(tmpdir(), "indie-bin-"));
  for (const name of CLONE) cpSync(join(root, name), join(clone, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(clone, "node_modules"));
  bin = join(clone, "cli", "indie.mjs");
  path = join(clone, "path");
  mkdirSync(path);
});
afterAll(() => rmSync(clone, { recursive: true }));

const file = () => readFileSync(join(clone, "projects.yaml"), "utf8");
const reset = () => writeFileSync(join(clone, "projects.yaml"), original);
const environment = (more: Record<string, string> = {}) => ({ HOME: clone, PATH: path, TERM: "xterm-256color", ...more });

/** Without a terminal. */
const indie = (args: string[], env: Record<string, string> = {}) =>
  execa(process.execPath, [bin, ...args], {
    env: environment(env),
    extendEnv: false,
    reject: false,
    stdin: "ignore",
    cwd: tmpdir(),
    timeout: 50_000,
  });

/** A docker on PATH, by what it does. */
function docker(script: string): void {
  writeFileSync(join(path, "docker"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(path, "docker"), 0o755);
}
afterEach(() => rmSync(join(path, "docker"), { force: true }));

describe("without a terminal", () => {
  test("--help: on stdout, exit code 0", async () => {
    const { stdout, stderr, exitCode } = await indie(["--help"]);
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^Usage: indie \[options\] \[command\]\n/);
  });

  test("a reader that has had enough: nothing is said of it, and the work was done", async () => {
    const script = 'set -o pipefail; "$0" "$1" --help | :';
    const { stderr, exitCode } = await execa("/bin/bash", ["-c", script, process.execPath, bin], { env: environment(), extendEnv: false, reject: false });
    expect([exitCode, stderr]).toEqual([0, ""]);
  });

  test("--help loads the framework alone: nothing that a command needs when it runs", async () => {
    const record = `import { registerHooks } from "node:module";
      const found = new Set();
      registerHooks({ resolve(word, context, next) { const to = next(word, context); const name = /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(to.url)?.[1]; if (name) found.add(name); return to; } });
      process.on("exit", () => console.error([...found].sort().join(" ")));`;
    const load = `--import=data:text/javascript,${encodeURIComponent(record)}`;
    expect((await indie(["--help"], { NODE_OPTIONS: load })).stderr).toBe("commander fastest-levenshtein");
    // So the recorder does see them.
    expect((await indie(["list"], { NODE_OPTIONS: load })).stderr).toContain("zod");
  });

  test.each([
    [["list"], 0],
    [["url", "blog"], 1],
    [["lst"], 2],
    [["add"], 2],
  ])("%j: exit code %d", async (args, expected) => {
    const { stdout, stderr, exitCode } = await indie(args);
    expect(exitCode).toBe(expected);
    if (expected !== 0) expect([stdout, stderr.slice(0, 2)]).toEqual(["", "✗ "]);
  });

  test("no colour, unless it is asked for; and not even then with --no-color", async () => {
    const escape = "\u001b[";
    expect((await indie(["list"])).stdout).not.toContain(escape);
    expect((await indie(["list"], { FORCE_COLOR: "1" })).stdout).toContain(escape);
    expect((await indie(["list", "--no-color"], { FORCE_COLOR: "1" })).stdout).not.toContain(escape);
    expect((await indie(["list"], { NO_COLOR: "1" })).stdout).not.toContain(escape);
  });

  test.each([
    [["add", "--architecture", "shared", "blog-two"], "\n  - name: blog-two\n    architecture: shared\n"],
    [["add", "--architecture", "isolated", "main-saas-app"], "\n  - name: main-saas-app\n    architecture: isolated\n"],
  ])("indie %j, as typed", async (args, entry) => {
    reset();
    const { stdout, exitCode } = await indie(args);
    expect([exitCode, file()]).toEqual([0, original + entry]);
    expect(stdout).toContain("Next: npx indie up");
  });

  test("by the link that npm makes of it, from any folder", async () => {
    const link = join(clone, "indie");
    symlinkSync(bin, link);
    expect((await execa(process.execPath, [link, "list"], { env: environment(), extendEnv: false, cwd: "/" })).stdout).toContain(
      "http://blog.localhost",
    );
  });

  test("by `npm run indie --`, with the words of before", async () => {
    const { stdout, exitCode, stderr } = await execa(process.execPath, [join(clone, "cli", "start.mjs"), "indie", "backup", "blog"], {
      env: environment(),
      extendEnv: false,
      reject: false,
    });
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^✗ Docker does not answer/);
  });

  test("Ctrl-C while it waits: exit code 130, the file as it was, nothing left behind", async () => {
    reset();
    docker("exec /bin/sleep 60");
    const child = indie(["add", "--architecture", "shared", "blog-two"]);
    // It asks Docker, which does not answer.
    await untilChild(child.pid!);
    child.kill("SIGINT");
    expect((await child).exitCode).toBe(130);
    expect(file()).toBe(original);
    expect(readdirSync(clone).filter((name) => name.startsWith(".projects"))).toEqual([]);
  });

  test("Ctrl-C while the backup container works: it is waited for, exit code 130", async () => {
    docker('[ "$1" = exec ] || { echo true; exit; }\necho begun\n/bin/sleep 1\necho done');
    const child = indie(["backup", "blog"]);
    child.stdout.on("data", (text: Buffer) => text.includes("begun") && child.kill("SIGINT"));
    const { stdout, stderr, exitCode } = await child;
    expect([exitCode, stdout]).toEqual([130, "begun\ndone"]);
    expect(stderr).toBe("✗ What was begun goes on in the container iv-dev-backup, to its end.");
  });

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("%s while an archive is written: nothing of it stays, and the container's program ends", async (signal) => {
    docker('[ "$1" = exec ] || { echo true; exit; }\necho $$ > "$HOME/exporting"\necho half\nexec /bin/sleep 60');
    const child = indie(["export", "blog", "--output", join(clone, "blog.tar")]);
    const parts = () => readdirSync(clone).filter((name) => name.includes("blog.tar"));
    await until(() => parts().some((name) => statSync(join(clone, name)).size > 0));
    child.kill(signal);
    const { stderr, exitCode } = await child;
    expect([exitCode, stderr, parts()]).toEqual([130, "✗ No archive was made.", []]);
    await until(() => !existsSync(`/proc/${readFileSync(join(clone, "exporting"), "utf8").trim()}`));
  });

  test("a script's stdin is its own: a loop over names comes to its end", async () => {
    docker('[ "$1" = exec ] || { echo true; exit; }\necho "$@"\n/bin/cat');
    const loop = 'while read -r name; do "$0" "$1" backup "$name"; done';
    const { stdout } = await execa("/bin/bash", ["-c", loop, process.execPath, bin], { env: environment(), extendEnv: false, input: "blog\ndocs\n" });
    expect(stdout.split("\n")).toEqual(["blog", "docs"].map((name) => `exec iv-dev-backup node main.ts backup ${name}`));
  });

  test("an app's own script that changes its folder first: the file is there, and not where npm was called", async () => {
    const web = join(clone, "app", "web");
    mkdirSync(web, { recursive: true });
    writeFileSync(join(path, "pulumi"), `#!/bin/sh\necho '${outputs({ blog: stackProject("blog") }).stdout}'\n`, { mode: 0o755 });
    const { exitCode } = await execa(process.execPath, [bin, "link", "blog"], { env: environment({ INIT_CWD: dirname(web) }), extendEnv: false, cwd: web, reject: false });
    rmSync(join(path, "pulumi"));
    expect([exitCode, existsSync(join(web, ".env")), existsSync(join(dirname(web), ".env"))]).toEqual([0, true, false]);
  });

  /** A server of one container, whose log goes on. */
  const TALKING = `case "$1" in
ps) echo id;;
container) echo '{"name":"/a","labels":{"indie-ventures.service":"auth","indie-ventures.project":"blog"},"state":"running","health":null,"memory":0}';;
logs) echo "$$" > "$HOME/talking"; while :; do echo line; /bin/sleep 0.1; done;;
esac`;
  const isTalking = () => existsSync(`/proc/${readFileSync(join(clone, "talking"), "utf8").trim()}`);

  test("Ctrl-C while logs are followed: exit code 130, nothing goes on", async () => {
    docker(TALKING);
    const child = indie(["logs", "blog", "--follow"]);
    child.stdout.once("data", () => child.kill("SIGINT"));
    const { stdout, stderr, exitCode } = await child;
    expect([exitCode, stderr]).toEqual([130, ""]);
    expect(stdout).toMatch(/^line/);
    await until(() => !isTalking());
  });

  test("logs that nobody reads any more end", async () => {
    docker(TALKING);
    const { stdout, exitCode } = await execa("/bin/bash", ["-c", 'set -o pipefail; "$0" "$1" logs blog --follow | { read -r line; echo "$line"; }', process.execPath, bin], {
      env: environment(),
      extendEnv: false,
      reject: false,
      timeout: 50_000,
    });
    expect([exitCode, stdout]).toEqual([0, "line"]);
    await until(() => !isTalking());
  });

  test("up sets up what `npm run up` does", async () => {
    docker('[ "$1" = context ] && { echo tcp://127.0.0.1:1; exit; }\nexit 1');
    const { stderr, exitCode } = await indie(["up"]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^✗ Docker at tcp:\/\/127\.0\.0\.1:1 does not answer\. That is what DOCKER_HOST/);
  });
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(20);
}

/** Waits until a process has started one of its own. */
async function untilChild(pid: number): Promise<void> {
  while (readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim() === "") await sleep(20);
}

describe("at a terminal", () => {
  /** Types each answer once the words before it are seen. */
  async function person(command: string, answers: [sees: string, types: string][]): Promise<{ exitCode: number | undefined; screen: string }> {
    const node = `'${process.execPath}' '${bin}'`;
    // Which ends with the exit code of what ran in it.
    const child = execa("script", ["-qec", `stty cols 120 rows 30; exec ${node} ${command}`, "/dev/null"], {
      env: environment({ PATH: `${path}:/usr/bin:/bin`, SHELL: "/bin/sh" }),
      extendEnv: false,
      reject: false,
      timeout: 50_000,
    });
    let screen = "";
    let seen = 0;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      screen += text;
      const next = answers[0];
      if (next === undefined || !screen.slice(seen).includes(next[0])) return;
      seen = screen.length;
      answers.shift();
      child.stdin.write(next[1]);
    });
    const { exitCode } = await child;
    return { exitCode, screen };
  }
  const ENTER = "\r";
  const DOWN = "\u001b[B";
  const CTRL_C = "\u0003";

  test("add asks for what is missing", async () => {
    reset();
    const { exitCode, screen } = await person("add", [
      ["Name of the project", `shop${ENTER}`],
      ["Architecture", `${DOWN}${ENTER}`],
      ["Domains", `api.example.com${ENTER}`],
    ]);
    expect([exitCode, file()]).toEqual([0, `${original}\n  - name: shop\n    architecture: isolated\n    domains: [api.example.com]\n`]);
    expect(screen).toMatch(/isolated: services of its own, \+\d{4} MB of memory/);
  });

  test("Ctrl-C at a question: exit code 130, the file as it was", async () => {
    reset();
    const { exitCode, screen } = await person("add", [
      ["Name of the project", `shop${ENTER}`],
      ["Architecture", CTRL_C],
    ]);
    expect([exitCode, file()]).toEqual([130, original]);
    expect(screen).toContain("✗ Nothing was changed.");
  });
});

describe("completion", () => {
  const answers = async (...words: string[]) => (await indie(["complete", "--", ...words])).stdout.split("\n").map((line) => line.split("\t")[0]);

  test("of commands, options and projects", async () => {
    reset();
    expect(await answers("ke")).toContain("keys");
    expect(await answers("add", "--arch")).toContain("--architecture");
    expect(await answers("keys", "")).toEqual(expect.arrayContaining(["blog", "docs"]));
    expect(await answers("rollback", "d")).toContain("docs");
  });

  test.each(["bash", "zsh", "fish"])("the script of %s asks this very program", async (shell) => {
    const { stdout, exitCode } = await indie(["completion", shell]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`${dirname(bin)}/indie.mjs`);
    // Outside of the clone npm would have somebody else's.
    expect(stdout).not.toContain("npx");
  });

  test("the line for ~/.bashrc, as the help has it, does in any folder", async () => {
    const { stdout } = await indie(["completion", "--help"]);
    const line = /^ {2}(source .*?) +# in ~\/\.bashrc$/m.exec(stdout)?.[1];
    expect(line).toBe(`source <(node ${bin} completion bash)`);
    const shell = await execa("/bin/bash", ["-c", `${line}\ncomplete -p indie`], { env: environment({ PATH: dirname(process.execPath) }), extendEnv: false, cwd: "/", stdin: "ignore" });
    expect(shell.stdout).toMatch(/ indie$/);
  });

  test("in a bash", async () => {
    reset();
    const { stdout: script } = await indie(["completion", "bash"]);
    // What the package bash-completion brings, as far as the script uses it.
    const words = '_get_comp_words_by_ref() { words=("${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur=${words[cword]}; prev=${words[cword-1]}; }';
    const ask = `${script}\n${words}\nCOMP_WORDS=(indie keys bl); COMP_CWORD=2\nregistered=($(complete -p indie))\n"\${registered[2]}"\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await execa("/bin/bash", ["-c", ask], { env: environment(), extendEnv: false, cwd: clone, stdin: "ignore" });
    expect(stdout.split("\n")).toEqual(["blog"]);
  });
});
