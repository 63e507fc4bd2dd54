// The containers of a server, as Docker has them. Their variables are not asked for: those hold secrets.
import { z } from "zod";
import { type Run, succeeded } from "../../run.ts";
import { noDocker } from "./container.ts";

export interface Container {
  name: string;
  /** Whose own it is; undefined where several projects use it. */
  project?: string;
  service: string;
  /** Docker's word: running, exited, restarting … */
  state: string;
  /** What its health check says; null where it has none. */
  health: "healthy" | "unhealthy" | "starting" | null;
  /** MB that it may take; 0 where there is no limit. */
  limit: number;
}

const FORMAT = `{"name":{{json .Name}},"labels":{{json .Config.Labels}},"state":{{json .State.Status}},"health":{{with .State.Health}}{{json .Status}}{{else}}null{{end}},"memory":{{.HostConfig.Memory}}}`;

const Inspected = z.object({
  name: z.string(),
  labels: z.record(z.string(), z.string()),
  state: z.string(),
  health: z.enum(["healthy", "unhealthy", "starting"]).nullable().catch(null),
  memory: z.number(),
});

/**
 * Of all projects and of the server, those that stand still too.
 *
 * @throws Stop where Docker does not answer
 */
export async function serverContainers(run: Run, stack: string): Promise<Container[]> {
  const listed = await run("docker", ["ps", "--all", "--quiet", "--no-trunc", "--filter", `label=indie-ventures.stack=${stack}`], { timeoutSeconds: 30 });
  if (!succeeded(listed)) throw noDocker(listed);
  const ids = listed.stdout.split("\n").filter(Boolean);
  if (ids.length === 0) return [];
  const inspected = await run("docker", ["container", "inspect", "--format", FORMAT, ...ids], { timeoutSeconds: 30 });
  // One that went in the meantime is no fault, and the others are printed.
  if (!succeeded(inspected) && !/no such container/i.test(inspected.stderr)) throw noDocker(inspected);
  const lines = inspected.stdout.split("\n").filter(Boolean);
  return lines.map((line) => asContainer(Inspected.parse(JSON.parse(line))));
}

function asContainer({ name, labels, state, health, memory }: z.infer<typeof Inspected>): Container {
  const project = labels["indie-ventures.project"];
  return {
    name: name.replace(/^\//, ""),
    ...(project === undefined ? {} : { project }),
    service: labels["indie-ventures.service"] ?? "",
    state,
    health,
    limit: Math.round(memory / 2 ** 20),
  };
}
