import { execa } from "execa";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { cacheDir, logDir, root } from "../../../../cli/layout.ts";
import { commandsOf, isShown, parseBlocks } from "../../../lib/docs/blocks.ts";
import { type PageBlock, readPage } from "../../../lib/docs/pages.ts";
import { freePort, isFree } from "../../../lib/freePort.ts";
import { Leftovers } from "./leftovers.ts";
import type { Step } from "./order.ts";
import { type Answer, type Said, Terminal } from "./terminal.ts";
import { type Place, typed } from "./typed.ts";

/** What would make the reader's computer ours: what npm and jest set, and settings of Pulumi's and of the computer's user. */
const OURS = /^(npm_|PULUMI_|JEST_|INIT_CWD$|NODE_ENV$|NODE_OPTIONS$|NO_COLOR$|FORCE_COLOR$|XDG_|SUDO_)/i;

/** A newcomer: a home that is empty, a fresh clone, a terminal. What was downloaded or built once is taken from the computer's caches. */
export class Reader {
  readonly home: string;
  readonly clone: string;
  readonly place: Place;
  private readonly terminal: Terminal;

  private constructor(home: string, place: Place, terminal: Terminal) {
    this.home = home;
    this.clone = join(home, "indie-ventures");
    this.place = place;
    this.terminal = terminal;
  }

  static async arrive(): Promise<Reader> {
    const home = await mkdtemp(join(tmpdir(), "indie-ventures-guides-"));
    await cloneWorkingTree(join(home, "indie-ventures"));
    const stack = (await new Leftovers("dev").list()).length === 0 ? "dev" : `guides-${process.pid}`;
    const place = { stack, httpPort: (await isFree(80)) ? 80 : await freePort() };
    await chooseWhatIsFree(join(home, "indie-ventures"), place);
    await cp("/etc/hosts", join(home, "hosts"));
    await mkdir(logDir, { recursive: true });
    const transcript = join(logDir, "guides.txt");
    const terminal = new Terminal({ folder: home, env: await environment(home), hosts: join(home, "hosts"), transcript });
    await terminal.open();
    const reader = new Reader(home, place, terminal);
    await reader.terminal.run(`cd ${reader.clone}`);
    return reader;
  }

  /** Types a block's commands, one after the other, and looks whether what the page shows is printed. */
  async follow(block: PageBlock, { answers = [], fill = [], file, shows }: Step): Promise<string> {
    const text = fill.reduce((filled, [from, to]) => filled.replace(from, to(this)), typed(block.text, this.place));
    if (block.language === "js") return this.save(file!, text);
    const said: string[] = [];
    const missing: string[] = [];
    for (const [index, { command, shows: lines }] of commandsOf({ ...block, text }).entries()) {
      const printed = await this.run(command, answers[index]);
      said.push(printed);
      missing.push(...lines.filter((line) => !isShown(line, printed)));
    }
    const all = said.join("\n");
    if (shows !== undefined) {
      const example = parseBlocks(readPage(block.page)).find((each) => each.text.startsWith(shows))!;
      missing.push(...example.text.split("\n").filter((line) => !isShown(line, all)));
    }
    // Addresses and hints name a stack and a port, where these are not the docs' own.
    if (missing.length > 0 && this.place.stack === "dev" && this.place.httpPort === 80) throw new NotShown(missing, all);
    return all;
  }

  /** @throws Error with all that was said, where it does not end well */
  async run(command: string, answers?: Answer[]): Promise<string> {
    await this.terminal.run(`cd ${this.clone}`);
    const { text, exitCode }: Said = await this.terminal.run(command, answers);
    if (exitCode !== 0) throw new Error(`\`${command}\` ended with ${exitCode}:\n${text}`);
    return text;
  }

  /** Where the stack's settings are. */
  get stackFile(): string {
    return `Pulumi.${this.place.stack}.yaml`;
  }

  /** A file of the clone, in an editor. */
  read(name: string): Promise<string> {
    return readFile(join(this.clone, name), "utf8");
  }

  write(name: string, text: string): Promise<void> {
    return writeFile(join(this.clone, name), text);
  }

  async edit(name: string, from: string | RegExp, to: string): Promise<void> {
    const text = await this.read(name);
    const edited = text.replace(from, to);
    if (edited === text) throw new Error(`${name} has nothing like ${String(from)}:\n${text}`);
    await this.write(name, edited);
  }

  async leave(): Promise<void> {
    await this.terminal.close();
    await new Leftovers(this.place.stack).remove();
    await rm(this.home, { recursive: true, force: true });
  }

  private async save(file: string, text: string): Promise<string> {
    await writeFile(join(this.home, file), text);
    return "";
  }

}

/** The page shows what was not printed. All commands of the block were typed, and did what they do. */
export class NotShown extends Error {
  constructor(missing: string[], printed: string) {
    super(`The page shows what was not printed:\n${missing.join("\n")}\n\nPrinted was:\n${printed}`);
  }
}

/** As git has it, with what is not committed yet. */
async function cloneWorkingTree(folder: string): Promise<void> {
  const git = async (...args: string[]): Promise<string[]> => (await execa("git", args, { cwd: root })).stdout.split("\0").filter(Boolean);
  await execa("git", ["clone", "--quiet", root, folder]);
  const changed = [...(await git("diff", "--name-only", "-z", "HEAD")), ...(await git("ls-files", "--others", "--exclude-standard", "-z"))];
  for (const name of changed) {
    if (existsSync(join(root, name))) await cp(join(root, name), join(folder, name));
    else await rm(join(folder, name));
  }
}

/** As docs/settings.md says: a port that is taken is another one in the stack's file. */
async function chooseWhatIsFree(clone: string, { stack, httpPort }: Place): Promise<void> {
  const ports = { httpPort: httpPort === 80 ? [] : [httpPort], postgresPort: (await isFree(5432)) ? [] : [await freePort()] };
  const lines = Object.entries(ports).flatMap(([key, [port]]) => (port === undefined ? [] : [`  indie-ventures:${key}: "${port}"\n`]));
  const text = await readFile(join(clone, "Pulumi.dev.yaml"), "utf8");
  await writeFile(join(clone, `Pulumi.${stack}.yaml`), text + lines.join(""));
}

async function environment(home: string): Promise<NodeJS.ProcessEnv> {
  const bin = join(home, "bin");
  await mkdir(bin);
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OURS.test(name)));
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.startsWith(root));
  const hasSudo = folders.some((folder) => existsSync(join(folder, "sudo")));
  // Root of a small Debian has none, and needs none.
  if (!hasSudo) await writeFile(join(bin, "sudo"), '#!/bin/sh\nexec "$@"\n').then(() => chmod(join(bin, "sudo"), 0o755));
  const npmrc = join(homedir(), ".npmrc");
  return {
    ...inherited,
    HOME: home,
    TERM: "xterm-256color",
    PATH: [...folders, bin].join(delimiter),
    XDG_CACHE_HOME: dirname(cacheDir(process.env)),
    npm_config_cache: join(homedir(), ".npm"),
    ...(existsSync(npmrc) ? { npm_config_userconfig: npmrc } : {}),
    DOCKER_CONFIG: process.env.DOCKER_CONFIG ?? join(homedir(), ".docker"),
  };
}
