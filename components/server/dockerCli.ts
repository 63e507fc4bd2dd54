import { execa } from "execa";

export interface DockerRan {
  failed: boolean;
  stdout: string;
  /** What it says went wrong. */
  said: string;
}

/** Whether the engine is this computer's: DOCKER_HOST is not set, or a socket of this computer. */
export const isLocalEngine = (host = process.env.DOCKER_HOST): boolean => !host || host.startsWith("unix://");

/** Asks the docker CLI, which finds its engine by DOCKER_HOST. Never throws. */
export async function docker(...args: string[]): Promise<DockerRan> {
  const { failed, code, stdout, stderr } = await execa("docker", args, { reject: false, stdin: "ignore" });
  return { failed, stdout, said: code === "ENOENT" ? "There is no program `docker` on PATH." : stderr.trim() };
}
