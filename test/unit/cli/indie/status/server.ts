// A server with a shared, an isolated and a suspended project, as Docker, Postgres and Pulumi tell of it.
import type { Ran } from "../../../../../cli/run.ts";
import { ok } from "../../fakeRun.ts";
import { containers, type Played } from "../dockerAnswers.ts";
import { outputs, stackProject } from "../outputs.ts";

const own = (project: string, limits: Record<string, number>): Played[] =>
  Object.entries(limits).map(([service, limit]) => ({ name: `${project}-${service}-1`, service, project, limit }));
const fixed = (limits: Record<string, number>): Played[] => Object.entries(limits).map(([service, limit]) => ({ name: `iv-dev-${service}`, service, limit }));

export const SERVER: Played[] = [
  ...own("blog", { auth: 96, rest: 128 }),
  ...own("shop", { auth: 96, rest: 128, realtime: 384, storage: 384, imgproxy: 192, gateway: 112, door: 16 }),
  ...fixed({ postgres: 0, edge: 0, door: 16, backup: 384, scratch: 256, realtime: 384 }),
  ...["storage", "imgproxy", "gateway"].map((service) => ({ name: `${service}-1`, service, limit: 200 })),
];

const PERCENTS: Record<string, string> = { "blog-auth-1": "50.00%", "blog-rest-1": "9.40%", "shop-storage-1": "50.02%", "shop-realtime-1": "55.20%", "iv-dev-postgres": "4.38%" };

export interface ServerArgs {
  containers?: Played[];
  percents?: Record<string, string>;
}

/** What Docker says of it. A container whose percent is not said takes nothing. */
export function serverAnswers({ containers: all = SERVER, percents = {} }: ServerArgs = {}): Record<string, Ran> {
  const lines = all.map(({ name }) => JSON.stringify({ name, memory: { ...PERCENTS, ...percents }[name] ?? "0.00%" }));
  return { ...containers(all), "docker stats": ok(lines.join("\n")) };
}

const database = (connections: number, megabytes: number) => ({ connections, limit: 44, bytes: megabytes * 2 ** 20 });

export const HEALTHY: Record<string, Ran> = {
  ...serverAnswers(),
  "docker info": ok(JSON.stringify({ memory: 8000 * 2 ** 20, folder: "/of/another/computer" })),
  "docker exec --interactive iv-dev-postgres": ok(JSON.stringify({ blog: database(3, 12), shop: database(9, 20_480), old: database(0, 8) })),
  "docker exec iv-dev-backup find": ok(["blog", "old", "shop"].map((name) => `/var/lib/indie-ventures/projects/${name}.json\n`).join("")),
  "docker exec iv-dev-backup cat": ok(
    JSON.stringify({
      blog: { provenBackups: 7, lastProvenBackup: "2026-11-27T03:00:00.000Z" },
      shop: { provenBackups: 1, lastProvenBackup: "2026-11-26T03:00:00.000Z" },
    }),
  ),
  pulumi: outputs({
    blog: stackProject("blog"),
    old: stackProject("old", { state: "suspended" }),
    shop: stackProject("shop", { architecture: "isolated" }),
  }),
};
