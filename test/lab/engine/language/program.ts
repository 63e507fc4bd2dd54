// How a Pulumi program's node process is started and how its end is read: pure, host.ts does what is decided here.
import { parseCommandString } from "execa";

/** What `runtime.options` of Pulumi.yaml may say to this host. Others are refused: an option without an effect misleads. */
export interface RuntimeOptions {
  /** Run the program through ts-node. @default true, as the released host */
  typescript?: boolean;
  /** Path of the tsconfig.json that ts-node reads. */
  tsconfig?: string;
  /** Arguments for node itself, divided at spaces. */
  nodeargs?: string;
}

const types: Record<keyof RuntimeOptions, "boolean" | "string"> = { typescript: "boolean", tsconfig: "string", nodeargs: "string" };

/** Takes over the options of Pulumi.yaml. @throws an Error that names the option which is unknown or of the wrong type */
export function runtimeOptions(options: Record<string, unknown>): RuntimeOptions {
  for (const [name, value] of Object.entries(options)) {
    if (!(name in types)) throw new Error(`Pulumi.yaml: runtime.options.${name} is not known to the lab's language host`);
    const type = types[name as keyof RuntimeOptions];
    if (typeof value !== type) throw new Error(`Pulumi.yaml: runtime.options.${name} must be a ${type}`);
  }
  return options;
}

/** The arguments for node itself. @throws an Error when they are quoted, which this host would take apart wrongly */
export function nodeArguments({ nodeargs = "" }: RuntimeOptions): string[] {
  if (/["']/.test(nodeargs)) throw new Error("Pulumi.yaml: runtime.options.nodeargs: write a space as \\ and no quotes");
  return parseCommandString(nodeargs);
}

/** What `@pulumi/pulumi/cmd/run` reads from its environment when the program is TypeScript that ts-node shall run. */
export function typescriptEnvironment({ typescript = true, tsconfig }: RuntimeOptions): Record<string, string> {
  return {
    ...(typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
    ...(tsconfig ? { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig } : {}),
  };
}

export interface Program {
  monitor: string;
  engine: string;
  organization: string;
  project: string;
  rootDirectory: string;
  stack: string;
  programDirectory: string;
  dryRun: boolean;
  parallel: number;
  entryPoint: string;
  args: string[];
}

/** The arguments of `@pulumi/pulumi/cmd/run`. An empty one is left out: minimist would take the next flag as its value. */
export function runArguments(program: Program): string[] {
  const flags = {
    monitor: program.monitor,
    engine: program.engine,
    organization: program.organization,
    project: program.project,
    "root-directory": program.rootDirectory,
    stack: program.stack,
    pwd: program.programDirectory,
    parallel: String(program.parallel),
  };
  return [
    ...Object.entries(flags).flatMap(([name, value]) => (value ? [`--${name}`, value] : [])),
    ...(program.dryRun ? ["--dry-run"] : []),
    program.entryPoint,
    ...program.args,
  ];
}

// `@pulumi/pulumi/cmd/run` leaves with 32 when it has told the user what was wrong (cmd/run/index.js): nothing is to be added.
const alreadyReported = 32;

export interface Ended {
  exitCode?: number;
  signal?: string;
  /** Why the process could not be started. */
  message?: string;
}

/** What the engine is told of a program that ended: `bail` = stop without a further word. */
export function runResult({ exitCode, signal, message }: Ended): { error: string; bail: boolean } {
  if (exitCode === 0) return { error: "", bail: false };
  if (exitCode === alreadyReported) return { error: "", bail: true };
  if (exitCode !== undefined) return { error: `Program exited with non-zero exit code: ${exitCode}`, bail: false };
  if (signal) return { error: `Program was ended by ${signal}`, bail: false };
  return { error: `Program could not be started: ${message ?? "unknown cause"}`, bail: false };
}
