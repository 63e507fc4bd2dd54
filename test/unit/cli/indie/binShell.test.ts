// `indie` as a process: a person at a terminal, and shells that complete what one types.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { dirname } from "node:path";
import { IndieClone, original } from "./indieClone.ts";

let there: IndieClone;
beforeAll(() => void (there = new IndieClone()));
afterAll(() => there.remove());

describe("at a terminal", () => {
  /** Types each answer once the words before it are seen. */
  async function person(command: string, answers: [sees: string, types: string][]): Promise<{ exitCode: number | undefined; screen: string }> {
    const node = `'${process.execPath}' '${there.bin}'`;
    // Which ends with the exit code of what ran in it.
    const child = execa("script", ["-qec", `stty cols 120 rows 30; exec ${node} ${command}`, "/dev/null"], {
      env: there.environment({ PATH: `${there.path}:/usr/bin:/bin`, SHELL: "/bin/sh" }),
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
    there.reset();
    const { exitCode, screen } = await person("add", [
      ["Name of the project", `shop${ENTER}`],
      ["Architecture", `${DOWN}${ENTER}`],
      ["Domains", `api.example.com${ENTER}`],
    ]);
    expect([exitCode, there.file()]).toEqual([0, `${original}\n  - name: shop\n    architecture: isolated\n    domains: [api.example.com]\n`]);
    expect(screen).toMatch(/isolated: services of its own, \+\d{4} MB of memory/);
  });

  test("Ctrl-C at a question: exit code 130, the file as it was", async () => {
    there.reset();
    const { exitCode, screen } = await person("add", [
      ["Name of the project", `shop${ENTER}`],
      ["Architecture", CTRL_C],
    ]);
    expect([exitCode, there.file()]).toEqual([130, original]);
    expect(screen).toContain("✗ Nothing was changed.");
  });
});

describe("completion", () => {
  const answers = async (...words: string[]) => (await there.run(["complete", "--", ...words])).stdout.split("\n").map((line) => line.split("\t")[0]);

  test("of commands, options and projects", async () => {
    there.reset();
    expect(await answers("ke")).toContain("keys");
    expect(await answers("add", "--arch")).toContain("--architecture");
    expect(await answers("keys", "")).toEqual(expect.arrayContaining(["blog", "docs"]));
    expect(await answers("rollback", "d")).toContain("docs");
  });

  test.each(["bash", "zsh", "fish"])("the script of %s asks this very program", async (shell) => {
    const { stdout, exitCode } = await there.run(["completion", shell]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`${dirname(there.bin)}/indie.mjs`);
    // Outside of the clone npm would have somebody else's.
    expect(stdout).not.toContain("npx");
  });

  test("the line for ~/.bashrc, as the help has it, does in any folder", async () => {
    const { stdout } = await there.run(["completion", "--help"]);
    const line = /^ {2}(source .*?) +# in ~\/\.bashrc$/m.exec(stdout)?.[1];
    expect(line).toBe(`source <(node ${there.bin} completion bash)`);
    const shell = await execa("/bin/bash", ["-c", `${line}\ncomplete -p indie`], { env: there.environment({ PATH: dirname(process.execPath) }), extendEnv: false, cwd: "/", stdin: "ignore" });
    expect(shell.stdout).toMatch(/ indie$/);
  });

  test("in a bash", async () => {
    there.reset();
    const { stdout: script } = await there.run(["completion", "bash"]);
    // What the package bash-completion brings, as far as the script uses it.
    const words = '_get_comp_words_by_ref() { words=("${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur=${words[cword]}; prev=${words[cword-1]}; }';
    const ask = `${script}\n${words}\nCOMP_WORDS=(indie keys bl); COMP_CWORD=2\nregistered=($(complete -p indie))\n"\${registered[2]}"\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await execa("/bin/bash", ["-c", ask], { env: there.environment(), extendEnv: false, cwd: there.clone, stdin: "ignore" });
    expect(stdout.split("\n")).toEqual(["blog"]);
  });
});
