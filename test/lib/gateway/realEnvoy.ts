import { spawn } from "node:child_process";
import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { knownKeys, type ProjectFragment } from "../../../components/gateway/decisions.ts";
import { clusters, commonRoutes, renderCommonHost, virtualHost } from "../../../components/gateway/envoy.ts";
import { renderCandidateBootstrap } from "../../../components/gateway/envoyBootstrap.ts";
import { envoy as envoyBinary } from "../../lab/images/artifacts.ts";
import { freePort } from "../freePort.ts";

const REQUIREMENTS = new URL("../../lab/images/envoy/requirements.txt", import.meta.url);

/** The routes of all projects, as fragment.sh joins them. */
function routeConfiguration(projects: ProjectFragment[], commonHosts: readonly string[]) {
  const keys = Object.assign({}, ...projects.map(knownKeys));
  const common = renderCommonHost(commonHosts)
    .replace('"@CONTEXT@"', () => JSON.stringify(keys))
    .replace('"@COMMON_ROUTES@"', () => JSON.stringify(projects.flatMap(commonRoutes)).slice(1, -1));
  return {
    name: "projects",
    ignore_port_in_host_matching: true,
    virtual_hosts: [...projects.filter(({ hosts }) => hosts.length > 0).map((project) => ({ ...virtualHost(project), domains: project.hosts })), JSON.parse(common)],
  };
}

/** The file that a candidate is checked with holds all inline: only the ports are other ones. */
function configuration(projects: ProjectFragment[], commonHosts: readonly string[], lua: string, port: number, adminPort: number): string {
  const config = JSON.parse(renderCandidateBootstrap(lua));
  config.admin.address.socket_address.port_value = adminPort;
  config.static_resources.listeners[0].address.socket_address = { address: "127.0.0.1", port_value: port };
  return JSON.stringify(config)
    .replace('"@ROUTES@"', () => JSON.stringify(routeConfiguration(projects, commonHosts)))
    .replace('"@CLUSTERS@"', () => JSON.stringify(projects.flatMap(clusters)));
}

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });

export interface RealEnvoy {
  url: string;
  stop(): Promise<void>;
}

/** A real Envoy, as a process of this computer, that serves these projects. */
export async function startEnvoy(projects: ProjectFragment[], commonHosts: readonly string[], lua: string): Promise<RealEnvoy> {
  const folder = await mkdtemp(join(tmpdir(), "indie-ventures-envoy-"));
  // The lab keeps it as it came, without the right to run it.
  const binary = join(folder, "envoy");
  await copyFile(await envoyBinary(await readFile(REQUIREMENTS, "utf8")), binary);
  await chmod(binary, 0o755);
  const [port, adminPort] = [await freePort(), await freePort()];
  const file = join(folder, "envoy.json");
  await writeFile(file, configuration(projects, commonHosts, lua, port, adminPort));
  // Its own number, so that two of them share no memory; one worker.
  const own = ["--use-dynamic-base-id", "--base-id-path", join(folder, "id"), "--concurrency", "1"];
  const args = ["--config-path", file, "--log-level", "critical", ...own];
  const child = spawn(binary, args, { stdio: ["ignore", "ignore", "pipe"] });
  let words = "";
  child.stderr.on("data", (text) => (words += text));
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stop = async () => {
    child.kill("SIGKILL");
    await ended;
    await rm(folder, { recursive: true });
  };
  while (!(await listens(port))) {
    if (child.exitCode !== null) throw new Error(`Envoy ended: ${words}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { url: `http://127.0.0.1:${port}`, stop };
}
