import * as pulumi from "@pulumi/pulumi";
import { randomUUID } from "node:crypto";
import { databaseName, type Project, roleNames } from "../../spec/index.ts";
import { fixedName } from "../ours.ts";
import type { Server } from "../server/server.ts";
import { type Comparison, compareHistory } from "./history.ts";
import { readHistory } from "./readHistory.ts";
import { readLocal } from "./readLocal.ts";
import { type Installed, installSupabase } from "./supabaseCli.ts";
import { failureWords, type Outcome, previewWords, unknownWords } from "./words.ts";

/** A project's folder beside its database, as both were when the program began. */
export type MigrationState = NonNullable<Project["migrations"]> & ({ comparison: Comparison } | { why: string });

/** Of this run of the program: by it an outcome of now is known from one that the state has kept. */
const attempt = randomUUID();

/** Of the projects that run and have the field. Changes nothing; what can not be seen is said, and no error: another project may be updated. */
export async function readMigrations(stack: string, projects: Project[]): Promise<Record<string, MigrationState>> {
  const states = projects.map(async ({ name, state, migrations }) => {
    if (state !== "present" || migrations === undefined) return [];
    const { folder, files } = migrations;
    const place = { container: fixedName(stack, "postgres"), database: databaseName(name), role: roleNames(name).owner };
    const [history, local] = await Promise.all([readHistory(place), readLocal(folder, files)]);
    const seen = history.applied === undefined ? { why: history.why } : { comparison: compareHistory(local, history.applied) };
    return [[name, { ...migrations, ...seen }] as const];
  });
  return Object.fromEntries((await Promise.all(states)).flat());
}

export interface ProjectMigrationsArgs {
  project: string;
  state: MigrationState;
  server: Server;
  /** Of the door to Postgres. */
  port: number;
  /** Of the project's owner. Secret. */
  password: pulumi.Output<string>;
  /** All that migrations may lean on: the project's services make tables of their own, auth.users among them. */
  after: pulumi.Resource[];
}

/**
 * Applies the migrations that wait, as the project's owner. The resource is changed where some wait, where nothing is known, and where the
 * files contradict the database; else it is left alone, whatever its inputs are, so that what failed is tried again and what is done is not.
 */
export function projectMigrations({ project, state, server, port, password, after }: ProjectMigrationsArgs, parent: pulumi.Resource): void {
  sayBefore(project, state, parent);
  const isDone = "comparison" in state && state.comparison.pending.length === 0 && state.comparison.conflict === undefined;
  const command = server.exec(
    `${project}-migrations`,
    {
      create: 'exec "$NODE" --disable-warning=ExperimentalWarning components/migrations/apply.ts',
      environment: {
        NODE: process.execPath,
        ATTEMPT: attempt,
        FOLDER: state.folder,
        FILES: JSON.stringify(state.files),
        // For who reads a preview (cli/plan).
        PENDING: "comparison" in state && state.comparison.conflict === undefined ? state.comparison.pending.join("\n") : "",
        CONTAINER: fixedName(server.stack, "postgres"),
        DATABASE: databaseName(project),
        ROLE: roleNames(project).owner,
        PORT: String(port),
        PGPASSWORD: password,
        ...program(isDone),
      },
      // The outcome is no progress.
      logging: "stderr",
    },
    { parent, dependsOn: after, ...(isDone ? { ignoreChanges: ["create", "environment"] } : {}) },
  );
  failWith(project, state.folder, command.stdout, command);
}

function sayBefore(project: string, state: MigrationState, resource: pulumi.Resource): void {
  if (!pulumi.runtime.isDryRun()) return;
  const words = "why" in state ? ({ level: "warn", text: unknownWords(project, state.why) } as const) : previewWords(project, state.folder, state.comparison);
  if (words !== undefined) void pulumi.log[words.level](words.text, resource);
}

let installed: Promise<Installed> | undefined;

/** Nothing is installed at preview, nor for what is done. */
function program(isDone: boolean): Record<string, pulumi.Input<string>> {
  if (isDone || pulumi.runtime.isDryRun()) return {};
  installed ??= installSupabase();
  return {
    SUPABASE: installed.then((result) => ("program" in result ? result.program : "")),
    SUPABASE_MISSING: installed.then((result) => ("why" in result ? result.why : "")),
  };
}

/** The update ends with an error, once everything else of it was done. */
function failWith(project: string, folder: string, stdout: pulumi.Output<string>, resource: pulumi.Resource): void {
  stdout.apply((text) => {
    const { failure, ...outcome } = JSON.parse(text) as Outcome;
    if (failure === undefined || outcome.attempt !== attempt) return;
    throw new pulumi.ResourceError(failureWords(project, folder, { ...outcome, failure }), resource, true);
  });
}
