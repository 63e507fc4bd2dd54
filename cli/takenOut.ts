// What Pulumi's state has lost though it is on the server with its data: roles and databases that a person took out of it (`pulumi state delete`).
// The next update would try to make them, and fail: "already exists".
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { READER } from "../images/backup/settings.ts";
import { databaseName, roleNames } from "../spec/names.ts";
import type { Export, Resource } from "./pendingOperations.ts";
import { resourceName } from "./pendingOperations.ts";
import type { Report } from "./report.ts";
import { type Pulumi, pulumi } from "./steps/stack.ts";

/** A role or a database that is missing in the state. */
export interface Missing {
  kind: "role" | "database";
  /** The resource's. */
  name: string;
  /** What it has in Postgres. */
  id: string;
  /** URN. */
  parent: string;
}

type Expected = Pick<Missing, "kind" | "name" | "id">;
const role = (name: string, id: string): Expected => ({ kind: "role", name, id });
const database = (name: string, id: string): Expected => ({ kind: "database", name, id });

/** The database of a service's own tables: the plane's are named as the service is, a project's `<project>-<service>`. */
function metadata(name: string): Expected[] {
  const [, project, service] = /^(?:(.*)-)?(.*)$/.exec(name)!;
  const id = ["supabase", service, ...(project === undefined ? [] : [databaseName(project)])].join("_");
  return [...(project === undefined ? [role(`${name}-owner`, `${id}_owner`)] : []), database(name, id)];
}

/** By the type of a component: what it makes in Postgres. The test of it compares with the program. */
const MADE: Record<string, (name: string) => Expected[]> = {
  "indie-ventures:index:ProjectDatabase": (name) => [...Object.entries(roleNames(name)).map(([each, id]) => role(`${name}-${each}`, id)), database(name, databaseName(name))],
  "indie-ventures:index:MetadataDatabase": metadata,
  "indie-ventures:index:PostgresServer": () => [role("backup-reader", READER)],
};

const TYPES = { role: "postgresql:index/role:Role", database: "postgresql:index/database:Database" } as const;

/** What the components that the state has should have in it, and have not. */
export function missingInState({ deployment: { resources = [] } }: Export): Missing[] {
  const isThere = ({ kind, name, parent }: Missing) => resources.some((each) => each.type === TYPES[kind] && each.parent === parent && resourceName(each.urn) === name);
  const expected = resources.flatMap(({ type, urn }) => (MADE[type]?.(resourceName(urn)) ?? []).map((each): Missing => ({ ...each, parent: urn })));
  return expected.filter((each) => !isThere(each));
}

/** As `pulumi import --file` reads it. */
export function renderImport(missing: Missing[], provider: string): object {
  const parents = [...new Set(missing.map(({ parent }) => parent))];
  return {
    nameTable: { provider, ...Object.fromEntries(parents.map((urn, index) => [`parent${index}`, urn])) },
    resources: missing.map(({ kind, name, id, parent }) => ({ type: TYPES[kind], name, id, parent: `parent${parents.indexOf(parent)}`, provider: "provider" })),
  };
}

/** The containers with the state's own label that the state does not know: whoever takes one out of it leaves it running, with a twin at the next update. */
export function strays(resources: Resource[], running: { id: string; name: string }[]): string[] {
  const ids = new Set(resources.filter(({ type }) => type === "docker:index/container:Container").map(({ id }) => id));
  return running.filter(({ id }) => !ids.has(id)).map(({ name }) => name);
}

export interface TakeBackArgs extends Pulumi {
  report: Report;
  /** Of the names, those that Postgres has. */
  findInPostgres: (kind: Missing["kind"], names: string[]) => Promise<string[]>;
}

/** Takes them back into the state, each with its data as it is. Does nothing where the state has all. */
export async function takeBack(args: TakeBackArgs, exported: Export): Promise<void> {
  const { report, findInPostgres } = args;
  const missing = missingInState(exported);
  const provider = exported.deployment.resources?.find(({ type }) => type === "pulumi:providers:postgresql");
  if (missing.length === 0 || provider === undefined) return;
  const names = async (kind: Missing["kind"]) => findInPostgres(kind, missing.filter((each) => each.kind === kind).map(({ id }) => id));
  const there = { role: await names("role"), database: await names("database") };
  const found = missing.filter(({ kind, id }) => there[kind].includes(id));
  if (found.length === 0) return;
  const words = found.map(({ kind, id }) => `${kind} ${id}`).join(", ");
  await report.step(async () => {
    await importAll(args, renderImport(found, provider.urn));
    return { says: `taken back into Pulumi's state, which had lost them: ${words}`, result: undefined };
  });
  await sayStrays(args, exported);
}

async function importAll(args: Pulumi, file: object): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "indie-ventures-import-"));
  try {
    const path = join(folder, "import.json");
    writeFileSync(path, JSON.stringify(file));
    // Protected until the next update says what is to be: nothing can go in between.
    await pulumi(args, ["import", "--file", path, "--yes", "--skip-preview", "--generate-code=false", "--protect=true"]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function sayStrays({ run, stack, report }: TakeBackArgs, { deployment: { resources = [] } }: Export): Promise<void> {
  const stateId = resources.find(({ type, urn }) => type === "random:index/randomId:RandomId" && resourceName(urn) === "state")?.outputs?.hex;
  const labels = [`indie-ventures.stack=${stack}`, `indie-ventures.state=${String(stateId)}`].flatMap((label) => ["--filter", `label=${label}`]);
  const { stdout } = await run("docker", ["ps", "--no-trunc", ...labels, "--format", "{{.ID}} {{.Names}}"]);
  const running = stdout.split("\n").flatMap((line) => (line === "" ? [] : [{ id: line.split(" ")[0]!, name: line.split(" ")[1]! }]));
  const names = strays(resources, running);
  const all = names.join(" ");
  if (names.length > 0) report.line(`containers that the state does not know any more (they hold no data): after the update, docker stop ${all} && docker rm ${all}`);
}
