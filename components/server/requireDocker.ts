import * as pulumi from "@pulumi/pulumi";
import { upCommand } from "../../images/backup/stackOption.ts";
import { docker } from "./dockerCli.ts";

export interface Engine {
  /** MiB that the server has. */
  memory: number;
  /** `29.1.3`, `20.10.24+dfsg1` */
  version: string;
}

/**
 * The engine answers, and the docker CLI that our commands use is here. Asked before the first resource: without it roles and databases
 * would be made, through Postgres' own port, and then the update would fail.
 *
 * @throws RunError where it does not
 */
export async function requireDocker(stack: string, run = docker, host = process.env.DOCKER_HOST): Promise<Engine> {
  const { failed, stdout, said } = await run("info", "--format", "{{.MemTotal}} {{.ServerVersion}}");
  const [memory, version = ""] = stdout.trim().split(" ");
  // A CLI that reaches no engine prints what it has itself and may exit with 0 (20.10).
  if (failed || !(Number(memory) > 0)) throw new pulumi.RunError(renderNoDocker(stack, host, said));
  return { memory: Math.floor(Number(memory) / 2 ** 20), version };
}

export const renderNoDocker = (stack: string, host: string | undefined, said: string): string =>
  `Docker does not answer${host ? ` at ${host}, which DOCKER_HOST names` : ""}. Nothing was changed.
${said}
Start it, or set DOCKER_HOST to where it is, and run the same command again; on this computer \`${upCommand(stack)}\` does that for you.`;
