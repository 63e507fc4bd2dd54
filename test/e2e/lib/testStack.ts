import { execa, type ExecaError, type Options, type Result, type ResultPromise } from "execa";
import { randomBytes } from "node:crypto";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { labEnvironment } from "../../../cli/labEnvironment.ts";
import { fileBackend } from "../../../cli/backend.ts";
import type { Status } from "../../../images/backup/catalog.ts";
import { freePort } from "../../lib/freePort.ts";

const REPOSITORY = new URL("../../..", import.meta.url).pathname;
/** What `pulumi` needs of a clone, and the pack of policies. */
const PROGRAM = ["index.ts", "components", "spec", "images", "policy", "package.json", "Pulumi.yaml"];

/** One line of `pulumi preview --json`. */
export interface Step {
  op: string;
  urn: string;
}

export interface ProjectOutputs {
  url: string;
  architecture: string;
  domains: string[];
  database: string;
  anonKey: string;
  serviceRoleKey: string;
  publishableKey: string;
  secretKey: string;
  jwtSecret: string;
  dbUrl: string;
  studio?: { url: string; user: string; password: string };
}

/** A copy of the project with a stack of its own, on ports of its own, in a state of its own. */
export class TestStack {
  readonly name = `e2e-${randomBytes(3).toString("hex")}`;
  readonly directory: string;
  readonly env: Record<string, string>;
  readonly httpPort: number;
  readonly postgresPort: number;
  readonly images: string;

  private constructor(directory: string, env: Record<string, string>, images: string, httpPort: number, postgresPort: number) {
    this.directory = directory;
    this.images = images;
    this.httpPort = httpPort;
    this.postgresPort = postgresPort;
    this.env = {
      ...env,
      PULUMI_HOME: join(directory, ".pulumi-home"),
      PULUMI_BACKEND_URL: fileBackend(join(directory, "state")),
      PULUMI_CONFIG_PASSPHRASE: "a passphrase of the test",
    };
  }

  static async create(projects: string, config: Record<string, string> = {}): Promise<TestStack> {
    const { env, imagesFile } = await labEnvironment();
    const directory = await mkdtemp(join(tmpdir(), "indie-ventures-e2e-"));
    const stack = new TestStack(directory, env, imagesFile, await freePort(), await freePort());
    await mkdir(join(directory, "state"));
    for (const path of PROGRAM) await cp(join(REPOSITORY, path), join(directory, path), { recursive: true });
    await symlink(join(REPOSITORY, "node_modules"), join(directory, "node_modules"));
    await stack.writeProjects(projects);
    await stack.pulumi(["stack", "init", stack.name]);
    await stack.configure({ placement: "all", protectData: "false", ...config });
    return stack;
  }

  async configure(config: Record<string, string>): Promise<void> {
    const all = { images: this.images, httpPort: String(this.httpPort), postgresPort: String(this.postgresPort), ...config };
    const arguments_ = Object.entries(all).flatMap(([key, value]) => ["--plaintext", `indie-ventures:${key}=${value}`]);
    await this.pulumi(["config", "set-all", ...arguments_]);
  }

  writeProjects(text: string): Promise<void> {
    return writeFile(join(this.directory, "projects.yaml"), text);
  }

  /** Runs `pulumi`; rejects when it fails, unless told otherwise. */
  pulumi(args: string[], options: Options = {}): ResultPromise {
    return execa("pulumi", [...args, "--non-interactive"], {
      cwd: this.directory,
      env: { ...this.env, PULUMI_STACK: this.name },
      stdin: "ignore",
      all: true,
      ...options,
    });
  }

  async up(options: Options = {}, args: string[] = []): Promise<Result> {
    return this.pulumi(["up", "--yes", "--skip-preview", ...args], options).catch((error: ExecaError) => Promise.reject(diagnosed(error)));
  }

  /** What `pulumi preview` would do: the steps that are not "same". */
  async preview(...args: string[]): Promise<Step[]> {
    const { stdout } = await this.pulumi(["preview", "--json", ...args]);
    const { steps } = JSON.parse(String(stdout)) as { steps: Step[] };
    return steps.filter(({ op }) => op !== "same" && op !== "read");
  }

  /** Of each project; without what its backups say, which a night between two updates changes. */
  async outputs(): Promise<Record<string, ProjectOutputs>> {
    const projects = await this.allOutputs();
    return Object.fromEntries(Object.entries(projects).map(([name, { backups: _, ...outputs }]) => [name, outputs]));
  }

  async allOutputs(): Promise<Record<string, ProjectOutputs & { backups: Status }>> {
    const { stdout } = await this.pulumi(["stack", "output", "--json", "--show-secrets"]);
    return (JSON.parse(String(stdout)) as { projects: Record<string, ProjectOutputs & { backups: Status }> }).projects;
  }

  /** Names of everything on the server that carries this stack's label. */
  async ours(): Promise<string[]> {
    const filter = ["--filter", `label=indie-ventures.stack=${this.name}`];
    const lists = await Promise.all([
      docker("ps", "--all", ...filter, "--format", "container {{.Names}}"),
      docker("network", "ls", ...filter, "--format", "network {{.Name}}"),
      docker("volume", "ls", ...filter, "--format", "volume {{.Name}}"),
    ]);
    return lists.flatMap((list) => list.split("\n").filter(Boolean)).sort();
  }

  /** SQL in the server's Postgres as superuser. */
  async sql(database: string, text: string): Promise<string> {
    const psql = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "supabase_admin", "-d", database];
    const { stdout } = await execa("docker", ["exec", "-i", `iv-${this.name}-postgres`, ...psql], { input: text });
    return stdout;
  }

  /** Everything on the server goes: containers, networks, volumes. Pulumi's state knows nothing of it. */
  async loseServer(): Promise<void> {
    for (const kind of ["container", "network", "volume"] as const) {
      const names = (await this.ours()).filter((line) => line.startsWith(`${kind} `)).map((line) => line.split(" ")[1]!);
      // A network has no --force in the older of the two CLIs that a Debian machine may have.
      if (names.length > 0) await docker(kind, "rm", ...(kind === "network" ? [] : ["--force"]), ...names);
    }
  }

  /** Takes away whatever is left, however the test ended. */
  async remove(): Promise<void> {
    await this.loseServer();
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** The same error, told by what Pulumi says went wrong: the progress before that is long, and a report may be cut short. */
function diagnosed(error: ExecaError): ExecaError {
  const said = String(error.all);
  error.message = `${error.shortMessage}\n${said.slice(Math.max(0, said.indexOf("Diagnostics:")))}`;
  // What jest prints; its own words would stand twice.
  error.stack = error.message;
  return error;
}

export async function docker(...args: string[]): Promise<string> {
  const { stdout } = await execa("docker", args);
  return stdout;
}
