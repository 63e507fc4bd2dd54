import { execa } from "execa";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProjectFragment } from "../../../components/gateway/decisions.ts";
import { kongGateway } from "../../../components/gateway/kongGateway.ts";
import { IMAGES } from "../../../spec/images.ts";
import { freePort } from "../freePort.ts";

const docker = async (args: string[], input = ""): Promise<string> => (await execa("docker", args, { input })).stdout;

/** A real Kong of the official image, started and filled as the component does it, that serves these projects. */
export async function startKong(projects: ProjectFragment[], commonHosts: readonly string[]) {
  const { entrypoints, envs = [], uploads = [] } = kongGateway.container(commonHosts);
  const port = await freePort();
  const settings = [...(envs as string[]), `KONG_PROXY_LISTEN=0.0.0.0:${port}`, `KONG_ADMIN_LISTEN=127.0.0.1:${await freePort()}`];
  // On the computer's own network: the services are addresses of its loopback.
  const rights = ["--network", "host", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--user", "root"];
  const [program, ...args] = entrypoints!;
  const id = await docker([
    ...["create", ...rights, "--entrypoint", program!, ...settings.flatMap((setting) => ["--env", setting])],
    ...["--volume", kongGateway.liveDirectory, IMAGES.kong, ...args],
  ]);
  const folder = await mkdtemp(join(tmpdir(), "indie-ventures-real-kong-"));
  const stop = async () => {
    await docker(["rm", "--force", "--volumes", id]);
    await rm(folder, { recursive: true });
  };
  try {
    for (const [index, { file, content }] of uploads.entries()) {
      const source = join(folder, String(index));
      await writeFile(source, content, { mode: 0o644 });
      await docker(["cp", source, `${id}:${file}`]);
    }
    await docker(["start", id]);
    const url = `http://127.0.0.1:${port}`;
    await untilItAnswers(url, id);
    const fragment = ["exec", "--interactive", id, "bash", kongGateway.fragmentScript, "put"];
    for (const project of projects) await docker([...fragment, project.name], kongGateway.renderFragment(project));
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function untilItAnswers(url: string, id: string): Promise<void> {
  while (!(await fetch(url).then(() => true, () => false))) {
    if ((await docker(["inspect", "--format", "{{.State.Running}}", id])) !== "true")
      throw new Error(`Kong ended: ${(await execa("docker", ["logs", id], { all: true })).all}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
