// What Docker says of a server's containers, as cli/indie/work/containers.ts asks it.
import type { Ran } from "../../../../cli/run.ts";
import { ok } from "../fakeRun.ts";

export interface Played {
  name: string;
  service: string;
  project?: string;
  state?: string;
  health?: string | null;
  /** MB. */
  limit?: number;
}

export function containers(all: Played[]): Record<string, Ran> {
  const lines = all.map(({ name, service, project, state = "running", health = "healthy", limit = 0 }) =>
    JSON.stringify({
      name: `/${name}`,
      labels: { "indie-ventures.service": service, ...(project === undefined ? {} : { "indie-ventures.project": project }) },
      state,
      health,
      memory: limit * 2 ** 20,
    }),
  );
  return { "docker ps": ok(all.map(({ name }) => `id-${name}\n`).join("")), "docker container inspect --format {": ok(lines.join("\n")) };
}
