// `indie` as a process: what shells see of it. A person at a terminal, and completion: binShell.test.ts.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { IndieClone, original } from "./indieClone.ts";
import { outputs, stackProject } from "./outputs.ts";

let there: IndieClone;
beforeAll(() => void (there = new IndieClone()));
afterAll(() => there.remove());
afterEach(() => there.removeDocker());

describe("without a terminal", () => {
  test("--help: on stdout, exit code 0", async () => {
    const { stdout, stderr, exitCode } = await there.run(["--help"]);
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^Usage: indie \[options\] \[command\]\n/);
  });

  test("a reader that has had enough: nothing is said of it, and the work was done", async () => {
    const script = 'set -o pipefail; "$0" "$1" --help | :';
    const { stderr, exitCode } = await execa("/bin/bash", ["-c", script, process.execPath, there.bin], { env: there.environment(), extendEnv: false, reject: false });
    expect([exitCode, stderr]).toEqual([0, ""]);
  });

  test("--help loads the framework alone: nothing that a command needs when it runs", async () => {
    const record = `import { registerHooks } from "node:module";
      const found = new Set();
      registerHooks({ resolve(word, context, next) { const to = next(word, context); const name = /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(to.url)?.[1]; if (name) found.add(name); return to; } });
      process.on("exit", () => console.error([...found].sort().join(" ")));`;
    const load = `--import=data:text/javascript,${encodeURIComponent(record)}`;
    expect((await there.run(["--help"], { NODE_OPTIONS: load })).stderr).toBe("commander fastest-levenshtein");
    // So the recorder does see them.
    expect((await there.run(["list"], { NODE_OPTIONS: load })).stderr).toContain("zod");
  });

  test.each([
    [["list"], 0],
    [["url", "blog"], 1],
    [["lst"], 2],
    [["add"], 2],
  ])("%j: exit code %d", async (args, expected) => {
    const { stdout, stderr, exitCode } = await there.run(args);
    expect(exitCode).toBe(expected);
    if (expected !== 0) expect([stdout, stderr.slice(0, 2)]).toEqual(["", "✗ "]);
  });

  test("no colour, unless it is asked for; and not even then with --no-color", async () => {
    const escape = "\u001b[";
    expect((await there.run(["list"])).stdout).not.toContain(escape);
    expect((await there.run(["list"], { FORCE_COLOR: "1" })).stdout).toContain(escape);
    expect((await there.run(["list", "--no-color"], { FORCE_COLOR: "1" })).stdout).not.toContain(escape);
    expect((await there.run(["list"], { NO_COLOR: "1" })).stdout).not.toContain(escape);
  });

  test.each([
    [["add", "--architecture", "shared", "blog-two"], "\n  - name: blog-two\n    architecture: shared\n"],
    [["add", "--architecture", "isolated", "main-saas-app"], "\n  - name: main-saas-app\n    architecture: isolated\n"],
  ])("indie %j, as typed", async (args, entry) => {
    there.reset();
    const { stdout, exitCode } = await there.run(args);
    expect([exitCode, there.file()]).toEqual([0, original + entry]);
    expect(stdout).toContain("Next: npx indie up");
  });

  test("by the link that npm makes of it, from any folder", async () => {
    const link = join(there.clone, "indie");
    symlinkSync(there.bin, link);
    expect((await execa(process.execPath, [link, "list"], { env: there.environment(), extendEnv: false, cwd: "/" })).stdout).toContain(
      "http://blog.localhost",
    );
  });

  test("by `npm run indie --`, with the words of before", async () => {
    const { stdout, exitCode, stderr } = await execa(process.execPath, [join(there.clone, "cli", "start.mjs"), "indie", "backup", "blog"], {
      env: there.environment(),
      extendEnv: false,
      reject: false,
    });
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^✗ Docker does not answer/);
  });

  test("Ctrl-C while it waits: exit code 130, the file as it was, nothing left behind", async () => {
    there.reset();
    there.docker("exec /bin/sleep 60");
    const child = there.run(["add", "--architecture", "shared", "blog-two"]);
    // It asks Docker, which does not answer.
    await untilChild(child.pid!);
    child.kill("SIGINT");
    expect((await child).exitCode).toBe(130);
    expect(there.file()).toBe(original);
    expect(readdirSync(there.clone).filter((name) => name.startsWith(".projects"))).toEqual([]);
  });

  test("Ctrl-C while the backup container works: it is waited for, exit code 130", async () => {
    there.docker('[ "$1" = exec ] || { echo true; exit; }\necho begun\n/bin/sleep 1\necho done');
    const child = there.run(["backup", "blog"]);
    child.stdout.on("data", (text: Buffer) => text.includes("begun") && child.kill("SIGINT"));
    const { stdout, stderr, exitCode } = await child;
    expect([exitCode, stdout]).toEqual([130, "begun\ndone"]);
    expect(stderr).toBe("✗ What was begun goes on in the container iv-dev-backup, to its end.");
  });

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("%s while an archive is written: nothing of it stays, and the container's program ends", async (signal) => {
    there.docker('[ "$1" = exec ] || { echo true; exit; }\necho $$ > "$HOME/exporting"\necho half\nexec /bin/sleep 60');
    const child = there.run(["export", "blog", "--output", join(there.clone, "blog.tar")]);
    const parts = () => readdirSync(there.clone).filter((name) => name.includes("blog.tar"));
    await until(() => parts().some((name) => statSync(join(there.clone, name)).size > 0));
    child.kill(signal);
    const { stderr, exitCode } = await child;
    expect([exitCode, stderr, parts()]).toEqual([130, "✗ No archive was made.", []]);
    await until(() => !existsSync(`/proc/${readFileSync(join(there.clone, "exporting"), "utf8").trim()}`));
  });

  test("a script's stdin is its own: a loop over names comes to its end", async () => {
    there.docker('[ "$1" = exec ] || { echo true; exit; }\necho "$@"\n/bin/cat');
    const loop = 'while read -r name; do "$0" "$1" backup "$name"; done';
    const { stdout } = await execa("/bin/bash", ["-c", loop, process.execPath, there.bin], { env: there.environment(), extendEnv: false, input: "blog\ndocs\n" });
    expect(stdout.split("\n")).toEqual(["blog", "docs"].map((name) => `exec iv-dev-backup node main.ts backup ${name}`));
  });

  test("an app's own script that changes its folder first: the file is there, and not where npm was called", async () => {
    const web = join(there.clone, "app", "web");
    mkdirSync(web, { recursive: true });
    writeFileSync(join(there.path, "pulumi"), `#!/bin/sh\necho '${outputs({ blog: stackProject("blog") }).stdout}'\n`, { mode: 0o755 });
    const { exitCode } = await execa(process.execPath, [there.bin, "link", "blog"], { env: there.environment({ INIT_CWD: dirname(web) }), extendEnv: false, cwd: web, reject: false });
    rmSync(join(there.path, "pulumi"));
    expect([exitCode, existsSync(join(web, ".env")), existsSync(join(dirname(web), ".env"))]).toEqual([0, true, false]);
  });

  /** A server of one container, whose log goes on. */
  const TALKING = `case "$1" in
ps) echo id;;
container) echo '{"name":"/a","labels":{"indie-ventures.service":"auth","indie-ventures.project":"blog"},"state":"running","health":null,"memory":0}';;
logs) echo "$$" > "$HOME/talking"; while :; do echo line; /bin/sleep 0.1; done;;
esac`;
  const isTalking = () => existsSync(`/proc/${readFileSync(join(there.clone, "talking"), "utf8").trim()}`);

  test("Ctrl-C while logs are followed: exit code 130, nothing goes on", async () => {
    there.docker(TALKING);
    const child = there.run(["logs", "blog", "--follow"]);
    child.stdout.once("data", () => child.kill("SIGINT"));
    const { stdout, stderr, exitCode } = await child;
    expect([exitCode, stderr]).toEqual([130, ""]);
    expect(stdout).toMatch(/^line/);
    await until(() => !isTalking());
  });

  test("logs that nobody reads any more end", async () => {
    there.docker(TALKING);
    const { stdout, exitCode } = await execa("/bin/bash", ["-c", 'set -o pipefail; "$0" "$1" logs blog --follow | { read -r line; echo "$line"; }', process.execPath, there.bin], {
      env: there.environment(),
      extendEnv: false,
      reject: false,
      timeout: 50_000,
    });
    expect([exitCode, stdout]).toEqual([0, "line"]);
    await until(() => !isTalking());
  });

  test("up sets up what `npm run up` does", async () => {
    there.docker('[ "$1" = context ] && { echo tcp://127.0.0.1:1; exit; }\nexit 1');
    const { stderr, exitCode } = await there.run(["up"]);
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
