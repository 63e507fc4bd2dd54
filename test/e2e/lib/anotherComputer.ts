import { execa } from "execa";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileBackend } from "../../../cli/backend.ts";
import type { BackupContainer } from "./backupContainer.ts";
import { docker, type ProjectOutputs, type TestStack } from "./testStack.ts";

/** What `npm run up` hands to the backups (cli/backupContainer.ts). Secret as a whole: nothing of it may be in a test's report. */
export interface KeptState {
  stack: string;
  state: unknown;
  passphrase: string;
}

/** From the repository, as docs/backups.md has it for who lost the computer. */
export async function keptState({ name }: BackupContainer, project: string): Promise<KeptState> {
  const words = ["dump", "--tag", `project=${project},part=set`, "latest", "/var/lib/indie-ventures/staging/pulumi.json"];
  return JSON.parse(await docker("exec", name, "restic", ...words)) as KeptState;
}

/** A computer that never saw the stack: a Pulumi of its own, with a state of its own that is empty. It knows what it is told and no more. */
export class AnotherComputer {
  private readonly folder: string;
  private readonly env: Record<string, string>;

  private constructor(folder: string, env: Record<string, string>) {
    this.folder = folder;
    this.env = env;
  }

  /** @param stack whose tools it has, and neither state nor passphrase */
  static async create(stack: TestStack): Promise<AnotherComputer> {
    const folder = await mkdtemp(join(tmpdir(), "indie-ventures-e2e-another-"));
    await mkdir(join(folder, "state"));
    await copyFile(join(stack.directory, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
    const { PULUMI_CONFIG_PASSPHRASE: _, ...tools } = stack.env;
    const own = {
      PULUMI_HOME: join(folder, ".pulumi-home"),
      PULUMI_BACKEND_URL: fileBackend(join(folder, "state")),
      PULUMI_CONFIG_PASSPHRASE_FILE: join(folder, "passphrase"),
    };
    return new AnotherComputer(folder, { ...tools, ...own });
  }

  /** As docs/backups.md has it. */
  async take({ stack, state }: Pick<KeptState, "stack" | "state">, passphrase: string): Promise<void> {
    await writeFile(join(this.folder, "passphrase"), passphrase, { mode: 0o600 });
    await this.pulumi(["stack", "init", stack]);
    await this.pulumi(["stack", "import", "--stack", stack], JSON.stringify(state));
  }

  /** @throws Error without what it printed, where the state can not be opened */
  async outputs(stack: string): Promise<Record<string, ProjectOutputs>> {
    const stdout = await this.pulumi(["stack", "output", "--json", "--show-secrets", "--stack", stack]);
    return (JSON.parse(stdout) as { projects: Record<string, ProjectOutputs> }).projects;
  }

  private async pulumi(args: string[], input = ""): Promise<string> {
    const { exitCode, stdout, stderr } = await execa("pulumi", [...args, "--non-interactive"], { cwd: this.folder, env: this.env, extendEnv: false, input, reject: false });
    if (exitCode !== 0) throw new Error(`pulumi ${args.join(" ")}: exit ${exitCode}\n${stderr}`);
    return stdout;
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}
