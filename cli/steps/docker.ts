import { spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DEFAULT_DOCKER_HOST, decideDocker, type DockerFound } from "../decide.ts";
import { type Report, Stop } from "../report.ts";
import { type Env, lastWords, type Run, succeeded } from "../run.ts";

/** A cold engine on a slow disk; a warm one answers in a second. */
const START_SECONDS = 60;

/** Another engine than the installed one, which is to be started in its place. */
export interface OtherEngine {
  /** The folder of its dockerd, its containerd and what else they start. */
  programs: string;
  /** What its dockerd is given. */
  args: string[];
}

/** Tells it when the engine is ours to start, without systemd. Gets what the installed one's `dockerd --version` says; undefined: that one. */
export type ChooseEngine = (installed: string) => Promise<OtherEngine | undefined>;

function distribution(): string[] {
  if (!existsSync("/etc/os-release")) return [];
  const text = readFileSync("/etc/os-release", "utf8");
  return [...text.matchAll(/^(?:ID|ID_LIKE)="?([^"\n]*)"?$/gm)].flatMap(([, ids]) => ids!.split(" "));
}

/** `docker info`: which engine answers where the CLI looks. */
async function look(run: Run): Promise<DockerFound & { version: string; installed: string }> {
  const info = await run("docker", ["info", "--format", "{{.ServerVersion}}"], { timeoutSeconds: 30 });
  const context = await run("docker", ["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"], { timeoutSeconds: 30 });
  const dockerd = await run("dockerd", ["--version"], { timeoutSeconds: 30 });
  return {
    cli: !info.missing,
    answers: succeeded(info) && info.stdout !== "",
    version: info.stdout.trim(),
    said: info.stderr.trim(),
    endpoint: context.stdout.trim() || DEFAULT_DOCKER_HOST,
    dockerd: !dockerd.missing,
    installed: dockerd.stdout.trim(),
    isRoot: process.getuid?.() === 0,
    systemd: existsSync("/run/systemd/system"),
    platform: process.platform,
    distribution: distribution(),
  };
}

async function must(run: Run, file: string, args: string[], env?: Env): Promise<void> {
  const ran = await run(file, args, { env });
  if (!succeeded(ran)) throw new Stop(`\`${file} ${args.join(" ")}\` failed:\n${lastWords(ran)}`);
}

/** @throws Stop with apt-get's words */
export async function install(run: Run): Promise<void> {
  const quiet = { DEBIAN_FRONTEND: "noninteractive" };
  await must(run, "apt-get", ["update", "-qq"], quiet);
  // Newer releases have the CLI in a package of its own, which docker.io only recommends.
  const cli = succeeded(await run("apt-cache", ["show", "docker-cli"])) ? ["docker-cli"] : [];
  await must(run, "apt-get", ["install", "-qq", "-y", "--no-install-recommends", "docker.io", "iptables", ...cli], quiet);
}

/** An engine that outlives us, as a service would. Its log and its process id are in the state folder. */
export async function start(run: Run, stateDir: string, other?: OtherEngine): Promise<void> {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const log = join(stateDir, "dockerd.log");
  const output = openSync(log, "w", 0o600);
  // First on its own PATH alone: its containerd and shim are to be its own, and nobody else's.
  const env = { ...process.env, PATH: [...(other ? [other.programs] : []), process.env.PATH].join(delimiter) };
  const engine = spawn("dockerd", other?.args ?? [], { detached: true, stdio: ["ignore", output, output], cwd: "/", env });
  engine.unref();
  writeFileSync(join(stateDir, "dockerd.pid"), `${engine.pid}\n`);
  for (let second = 0; second < START_SECONDS; second++) {
    if (succeeded(await run("docker", ["version"], { timeoutSeconds: 10 }))) return;
    if (engine.exitCode !== null) break;
    await sleep(1000);
  }
  engine.kill();
  const said = readFileSync(log, "utf8").trim().split("\n").slice(-5).join("\n");
  throw new Stop(`dockerd did not start (its log: ${log}):\n${said}`);
}

/** The other one, and where that does not start the installed one. */
export async function startEither(report: Report, run: Run, stateDir: string, other?: OtherEngine): Promise<void> {
  if (other)
    try {
      return await start(run, stateDir, other);
    } catch (error) {
      report.line(`it does not start, so the installed one is: ${(error as Error).message}`);
    }
  return start(run, stateDir);
}

/** What stands for the engine in `.indie/env`: the docker plugin does not know docker contexts. */
function endpointVariables(endpoint: string, env: Env): Record<string, string> {
  const variables: Record<string, string> = endpoint === DEFAULT_DOCKER_HOST ? {} : { DOCKER_HOST: endpoint };
  for (const name of ["DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"]) {
    const value = env[name];
    if (value) variables[name] = value;
  }
  return variables;
}

/**
 * An engine that answers: whatever `docker info` reaches, else installed and started, else the command to run is said.
 * @param choose for tests, which want a newer one than some distributions have. @default the installed one
 */
export function dockerStep(report: Report, run: Run, env: Env, stateDir: string, choose?: ChooseEngine): Promise<Record<string, string>> {
  return report.step(async () => {
    let found = await look(run);
    let how = "";
    for (let decision = decideDocker(found); decision.do !== "use"; decision = decideDocker(found)) {
      if (decision.do === "stop") throw new Stop(decision.message);
      if (decision.do === "install") {
        report.line("installing Docker Engine (apt-get install docker.io iptables)");
        await install(run);
        how = ", installed";
      } else {
        if (found.systemd) await must(run, "systemctl", ["enable", "--now", "docker"]);
        else await startEither(report, run, stateDir, await choose?.(found.installed));
        how += ", started";
      }
      const before = decision.do;
      found = await look(run);
      const next = decideDocker(found);
      if (next.do === before) throw new Stop(`Docker does not answer, though it was ${before === "install" ? "installed" : "started"}:\n${found.said}`);
    }
    return { says: `docker ${found.version}${how}`, result: endpointVariables(found.endpoint, env) };
  });
}
