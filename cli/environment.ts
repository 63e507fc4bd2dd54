import { execa } from "execa";
import { existsSync } from "node:fs";
import { envFile } from "./layout.ts";
import type { Env } from "./run.ts";
import { ToolEnvironment } from "./tools.ts";

/**
 * The variables that set-up wrote for pulumi by hand: its folder of tools, the engine, the state. Undefined where it never ran here, and
 * whoever runs us may have a pulumi and a state of their own.
 */
export async function readEnvironment(file = envFile, callers: Env = process.env): Promise<Env | undefined> {
  if (!existsSync(file)) return undefined;
  const { stdout } = await execa("sh", ["-c", '. "$0" && exec env -0', file], { env: callers, extendEnv: false });
  const written = Object.fromEntries(
    stdout
      .split("\0")
      .filter(Boolean)
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
  const env = callersFirst(written, callers);
  if (!isSaid(callers, "DOCKER_CONTEXT") || isSaid(callers, "DOCKER_HOST")) return env;
  // Pulumi's docker plugin knows no contexts: set-up writes down what they lead to (cli/steps/docker.ts).
  const context = await execa("docker", ["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"], { env, extendEnv: false, reject: false });
  return context.exitCode === 0 && context.stdout !== "" ? { ...env, DOCKER_HOST: context.stdout } : env;
}

/** An empty text says nothing, but for a passphrase. */
const isSaid = (callers: Env, name: string): boolean => callers[name] !== undefined && (callers[name] !== "" || name === "PULUMI_CONFIG_PASSPHRASE");

/**
 * Which state and which engine: what the caller says, as for `indie up`, which starts from the caller's variables (cli/up.ts). With a state
 * that was moved since set-up ran, `doctor --fix` would else take the containers of later updates for somebody else's.
 */
export function callersFirst(written: Env, callers: Env): Env {
  // What ToolEnvironment sets is ours, there as here.
  const ours = new ToolEnvironment(callers).variables;
  const names = Object.keys(callers).filter((name) => /^(PULUMI|DOCKER)_/.test(name) && !(name in ours) && isSaid(callers, name));
  const env = { ...written };
  for (const name of overruled(written, callers)) delete env[name];
  return { ...env, ...Object.fromEntries(names.map((name) => [name, callers[name]])) };
}

/** What was written goes with another choice than the caller's. */
function overruled(written: Env, callers: Env): string[] {
  const isOtherEngine = isSaid(callers, "DOCKER_HOST") || isSaid(callers, "DOCKER_CONTEXT");
  // A token is for a service, be it one's own; with another backend beside it Pulumi would not look at it.
  const isOtherState = isSaid(callers, "PULUMI_ACCESS_TOKEN") && !/^https?:/.test(written.PULUMI_BACKEND_URL ?? "");
  return [...(isOtherEngine ? ["DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"] : []), ...(isOtherState ? ["PULUMI_BACKEND_URL"] : [])];
}
