// What status asks, of whom; who does not answer is a fault, and the others are asked all the same.
import { existsSync } from "node:fs";
import { z } from "zod";
import { STATE as ACME_STATE } from "../../../images/acme/places.ts";
import type { CertificateState } from "../../../components/certificateStatus.ts";
import { freeBytes } from "../../../components/server/room.ts";
import { fixedName } from "../../../components/ours.ts";
import type { Status as BackupStatus } from "../../../images/backup/catalog.ts";
import { STATE } from "../../../images/backup/places.ts";
import { SpecError } from "../../../spec/error.ts";
import type { Project } from "../../../spec/project.ts";
import { projectUrl } from "../../../spec/url.ts";
import { psql } from "../../psql.ts";
import { stackOption } from "../../options.ts";
import { Stop } from "../../report.ts";
import { lastWords, type Ran, type Run, succeeded } from "../../run.ts";
import type { Context } from "../context.ts";
import { type Container, serverContainers } from "../work/containers.ts";
import { stackProjects } from "../work/outputs.ts";
import { openProjectsFile } from "../work/projectsFile.ts";

export interface KnownProject extends Pick<Project, "name" | "architecture" | "state"> {
  url: string;
}

/** Whether the server speaks HTTPS, as its addresses tell. */
export const hasHttps = (projects: readonly Pick<KnownProject, "url">[] = []): boolean => projects.some(({ url }) => url.startsWith("https:"));

export interface DatabaseUse {
  connections: number;
  limit: number;
  bytes: number;
}

/** Undefined: it could not be asked. */
export interface Answers {
  projects?: KnownProject[];
  containers?: Container[];
  /** By the container's name: percent of its limit, or of the server's memory where it has none. */
  memory?: Record<string, number>;
  /** MB. The disk of an engine elsewhere is not known. */
  server?: { memory: number; freeDisk: number | null };
  /** By the database's name. */
  databases?: Record<string, DatabaseUse>;
  backups?: Record<string, BackupStatus>;
  /** By name; where projects are at https:// alone. */
  certificates?: Record<string, CertificateState>;
  /** Names of the projects that the backup container was told of. */
  told?: string[];
  /** Why something is undefined, in words. */
  faults: string[];
}

export async function askServer(context: Context): Promise<Answers> {
  const { run } = await context.tools();
  const faults: string[] = [];
  const attempt = attempts(faults);
  const [projects, containers] = await Promise.all([
    attempt("the projects", () => knownProjects(context, faults)),
    attempt("the containers", () => serverContainers(run, context.stack)),
  ]);
  // Without Docker nobody else answers either.
  if (containers === undefined) return { projects, faults };
  const [memory, server, databases, backups, told, certificates] = await Promise.all([
    attempt("the containers' memory", () => memoryUse(run, containers)),
    attempt("the server's memory and disk", () => serverRoom(run)),
    attempt("Postgres", () => databaseUse(run, context.stack)),
    attempt("the backups", () => ownStatus<BackupStatus>(run, fixedName(context.stack, "backup"), STATE)),
    attempt("whom the backup container knows", () => toldOf(run, context.stack)),
    hasHttps(projects) ? attempt("the certificates", () => ownStatus<CertificateState>(run, fixedName(context.stack, "acme"), ACME_STATE)) : undefined,
  ]);
  return { projects, containers, memory, server, databases, backups, told, certificates, faults };
}

/** Asks, and keeps why there is no answer. What is thrown otherwise is a bug of ours. */
const attempts =
  (faults: string[]) =>
  async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Stop || error instanceof SpecError || error instanceof SyntaxError || error instanceof z.ZodError)) throw error;
      faults.push(`${what} could not be asked: ${error.message.replaceAll("\n", " ").trim()}`);
      return undefined;
    }
  };

/** As the last update left them; of a stack that was never up, or whose state can not be read, as the file has them. */
async function knownProjects(context: Context, faults: string[]): Promise<KnownProject[]> {
  const there = await attempts(faults)("the stack's outputs", () => stackProjects(context));
  if (there !== undefined) return Object.entries(there).map(([name, { architecture, state, url }]) => ({ name, architecture, state, url }));
  if (faults.length === 0) faults.push(`the stack ${context.stack} was never brought up: npx indie up${stackOption(context.stack)}`);
  const file = openProjectsFile(context);
  return file.load(file.text).map(({ name, architecture, state }) => ({ name, architecture, state, url: projectUrl(name, file.config) }));
}

const SECONDS = 30;

function answered(ran: Ran): string {
  if (succeeded(ran)) return ran.stdout;
  throw new Stop(lastWords(ran, 2) || "no answer in time");
}

const Stats = z.object({ name: z.string(), memory: z.string() });

async function memoryUse(run: Run, containers: Container[]): Promise<Record<string, number>> {
  const running = containers.filter(({ state }) => state === "running").map(({ name }) => name);
  if (running.length === 0) return {};
  const format = '{"name":{{json .Name}},"memory":{{json .MemPerc}}}';
  const said = answered(await run("docker", ["stats", "--no-stream", "--format", format, ...running], { timeoutSeconds: SECONDS }));
  const all = said.split("\n").filter(Boolean).map((line) => Stats.parse(JSON.parse(line)));
  // One that ended meanwhile has no percent.
  return Object.fromEntries(all.map(({ name, memory }) => [name, parseFloat(memory)] as const).filter(([, percent]) => Number.isFinite(percent)));
}

const Info = z.object({ memory: z.number(), folder: z.string() });

async function serverRoom(run: Run): Promise<Answers["server"]> {
  const format = '{"memory":{{.MemTotal}},"folder":{{json .DockerRootDir}}}';
  const { memory, folder } = Info.parse(JSON.parse(answered(await run("docker", ["info", "--format", format], { timeoutSeconds: SECONDS }))));
  return { memory: Math.floor(memory / 2 ** 20), freeDisk: existsSync(folder) ? Math.floor(freeBytes(folder) / 2 ** 20) : null };
}

/** Who counts against a database's limit: programs, and Realtime's replication. */
const DATABASES = `SELECT json_object_agg(d.datname, json_build_object(
  'connections', (SELECT count(*) FROM pg_stat_activity a WHERE a.datid = d.oid AND a.backend_type IN ('client backend', 'walsender')),
  'limit', d.datconnlimit, 'bytes', pg_database_size(d.oid)))
FROM pg_database d WHERE NOT d.datistemplate;`;

const Databases = z.record(z.string(), z.object({ connections: z.number(), limit: z.number(), bytes: z.number() }));

const databaseUse = async (run: Run, stack: string): Promise<Record<string, DatabaseUse>> =>
  Databases.parse(JSON.parse(answered(await psql({ run, stack, sql: DATABASES, timeoutSeconds: SECONDS }))));

/** What a container of ours writes of itself. */
const ownStatus = async <T>(run: Run, container: string, folder: string): Promise<Record<string, T>> =>
  JSON.parse(answered(await run("docker", ["exec", container, "cat", `${folder}/status.json`], { timeoutSeconds: SECONDS })));

/** Its own list (components/backupScripts.ts): what it writes of them of itself comes up to a minute after an update. */
async function toldOf(run: Run, stack: string): Promise<string[]> {
  const files = answered(await run("docker", ["exec", fixedName(stack, "backup"), "find", STATE, "-maxdepth", "2", "-path", "*/projects/*.json"], { timeoutSeconds: SECONDS }));
  return files.split("\n").flatMap((file) => /([^/]+)\.json$/.exec(file)?.[1] ?? []);
}
