import { readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { cacheDir, root, toolsDir } from "./layout.ts";
import type { Env } from "./run.ts";

/** The version that the program's own packages have; the CLI and the plugins are to be the same. */
export function packageVersion(name: string): string {
  return JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version;
}

/** The providers of the program: plugin `docker` speaks for package `@pulumi/docker`. */
export const PLUGINS = ["command", "docker", "postgresql", "random"];

/** The environment that our tools run in, and what of it `.indie/env` repeats for pulumi by hand. */
export class ToolEnvironment {
  /** What programs are run with. */
  readonly env: Env;
  /** Folders before and behind the caller's own PATH. */
  readonly path: { before: string[]; after: string[] } = { before: [], after: [] };
  /** What is added to the caller's variables. */
  readonly variables: Record<string, string> = {};
  private readonly callersPath: string;

  constructor(callers: Env, node = process.execPath) {
    this.env = { ...callers };
    this.callersPath = callers.PATH ?? "";
    // Pulumi's language host starts `node` from PATH; one of ours must come before an older one.
    if (node.startsWith(toolsDir)) this.before(dirname(node));
    this.set({
      PULUMI_SKIP_UPDATE_CHECK: "true",
      // Refresh and destroy run the program as well, so that its tunnels and providers are there (DESIGN §13.8).
      PULUMI_RUN_PROGRAM: "true",
      // A copy of the state after every step, to go back to: a full disk damages the state itself (cli/backend.ts).
      PULUMI_DIY_BACKEND_RETAIN_CHECKPOINTS: "true",
      // `pulumi up` starts the program twice, and node spends a third of each start on compiling (docs/measurements.md).
      NODE_COMPILE_CACHE: callers.NODE_COMPILE_CACHE ?? join(cacheDir(callers), "node"),
    });
  }

  set(variables: Record<string, string>): void {
    Object.assign(this.variables, variables);
    Object.assign(this.env, variables);
  }

  /** Its programs win over the caller's. */
  before(folder: string): void {
    this.path.before = [folder, ...this.path.before.filter((other) => other !== folder)];
    this.joinPath();
  }

  /** Its programs are found where the caller has none of that name. A folder that comes before already stays there. */
  after(folder: string): void {
    if (!this.path.before.includes(folder) && !this.path.after.includes(folder)) this.path.after.push(folder);
    this.joinPath();
  }

  private joinPath(): void {
    const ours = new Set([...this.path.before, ...this.path.after]);
    const callers = this.callersPath.split(delimiter).filter((folder) => folder !== "" && !ours.has(folder));
    this.env.PATH = [...this.path.before, ...callers, ...this.path.after].join(delimiter);
  }
}
