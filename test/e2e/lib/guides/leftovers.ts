import { docker } from "../testStack.ts";

const KINDS = { container: ["ps", "--all", "--format", "{{.Names}}"], network: ["network", "ls", "--format", "{{.Name}}"], volume: ["volume", "ls", "--format", "{{.Name}}"] };

/** What of a stack is on the Docker Engine. */
export class Leftovers {
  private readonly stack: string;

  constructor(stack: string) {
    this.stack = stack;
  }

  /** `container iv-dev-edge` … */
  async list(): Promise<string[]> {
    const found: string[] = [];
    for (const [kind, words] of Object.entries(KINDS)) {
      const names = await docker(...words, "--filter", `label=indie-ventures.stack=${this.stack}`);
      found.push(...names.split("\n").filter(Boolean).map((name) => `${kind} ${name}`));
    }
    return found;
  }

  /** @param keep names of what stays */
  async remove(keep: string[] = []): Promise<void> {
    for (const line of await this.list()) {
      const [kind, name] = line.split(" ") as [string, string];
      // A network has no --force in the older of the two CLIs that a Debian machine may have.
      if (!keep.includes(name)) await docker(kind, "rm", ...(kind === "network" ? [] : ["--force"]), name);
    }
  }
}
