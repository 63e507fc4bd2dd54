// Whether a change of projects.yaml fits on the server, by the check that every preview makes.
import { serverMemory, tooSmall } from "../../../spec/capacity.ts";
import { running } from "../../../spec/services.ts";
import { hasTls } from "../../../spec/tls.ts";
import { Stop } from "../../report.ts";
import { type Run, succeeded } from "../../run.ts";
import type { Context } from "../context.ts";
import type { Projects, ProjectsPlace } from "./projectsFile.ts";

/** MB. */
export interface Room {
  /** What the change takes more; less than 0 where it takes less. */
  added: number;
  /** What all projects of the server may take then. */
  needed: number;
  /** What the server has; null where Docker does not answer. */
  available: number | null;
}

/** MB that the server has; null where Docker does not answer. */
export async function memoryOf(run: Run): Promise<number | null> {
  const ran = await run("docker", ["info", "--format", "{{.MemTotal}}"], { timeoutSeconds: 10 });
  const bytes = Number(ran.stdout.trim());
  return succeeded(ran) && bytes > 0 ? Math.floor(bytes / 2 ** 20) : null;
}

export const serverHas = async ({ tools }: Pick<Context, "tools">): Promise<number | null> => memoryOf((await tools()).run);

export function roomOf({ before, after }: Projects, available: number | null, { config }: Pick<ProjectsPlace, "config">): Room {
  const of = (projects: Projects["after"]) => serverMemory(running(projects), config.gateway, hasTls(config));
  const needed = of(after);
  return { added: needed - of(before), needed, available };
}

/** @throws Stop, saying what would fit, where it does not */
export function refuseTooSmall({ after }: Projects, { available }: Room, { name, config }: Pick<ProjectsPlace, "name" | "config">): void {
  const refusal = available === null ? undefined : tooSmall(running(after), available, name, config.gateway, hasTls(config));
  if (refusal !== undefined) throw new Stop(refusal);
}

export const renderRoom = ({ added, needed, available }: Room): string =>
  `${added < 0 ? added : `+${added}`} MB of memory: ${needed}${available === null ? "" : ` of ${available}`} MB`;

export const NOT_CHECKED = "! Docker does not answer: whether it fits into the server's memory could not be checked. The next preview does.";
