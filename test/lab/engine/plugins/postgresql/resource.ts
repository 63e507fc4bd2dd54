// Role and Database as resource types: the schema decides, the SQL of `role.ts` and `database.ts` does.
import { changedNames, changesOf, check, importedInputs, nameIsFixed, planned, refreshedInputs, stored, withDefaults } from "../lib/bridged.ts";
import { InitializationFailed } from "../lib/plugin.ts";
import { nameOf } from "../lib/server.ts";
import { reveal, revealAll } from "../lib/value.ts";
import { createDatabase, databaseSchema, deleteDatabase, readDatabase, updateDatabase } from "./database.ts";
import { createRole, deleteRole, readRole, roleSchema, updateRole } from "./role.ts";
import type { Schema } from "../lib/bridged.ts";
import type { CheckFailure, ResourceType } from "../lib/plugin.ts";
import type { Properties } from "../lib/value.ts";
import type { PostgresServer } from "./server.ts";

interface Kind {
  schema: Schema;
  failures?(inputs: Properties): CheckFailure[];
  /** Each returns the object's name, which is its id. */
  create(server: PostgresServer, plan: Properties, inputs: Properties): Promise<string>;
  update(server: PostgresServer, state: Properties, plan: Properties, inputs: Properties, changed: ReadonlySet<string>): Promise<string>;
  read(server: PostgresServer, id: string, state: Properties): Promise<Properties | undefined>;
  delete(server: PostgresServer, state: Properties): Promise<void>;
}

/** The ConflictsWith and RequiredWith of upstream's two ways to give a password. */
export function passwordFailures(inputs: Properties): CheckFailure[] {
  const has = (name: string) => (inputs[name] ?? null) !== null;
  const failure = (property: string, reason: string) => [{ property, reason: `lab postgresql: ${reason}` }];
  if (has("password") && (has("passwordWo") || has("passwordWoVersion"))) {
    return failure("password", "conflicts with passwordWo and passwordWoVersion");
  }
  if (has("passwordWo") !== has("passwordWoVersion")) return failure("passwordWo", "passwordWo and passwordWoVersion need each other");
  return has("encrypted") ? failure("encrypted", "deprecated upstream, use encryptedPassword") : [];
}

const role: Kind = {
  schema: roleSchema,
  failures: passwordFailures,
  create: createRole,
  update: updateRole,
  read: readRole,
  delete: deleteRole,
};

const database: Kind = {
  schema: databaseSchema,
  create: createDatabase,
  update: (server, state, plan, _inputs, changed) => updateDatabase(server, state, plan, changed),
  read: readDatabase,
  delete: deleteDatabase,
};

/** The state after a change, with what the plan knows and the server does not tell. */
async function readBack(kind: Kind, server: PostgresServer, id: string, plan: Properties): Promise<Properties> {
  const state = await kind.read(server, id, plan);
  if (state === undefined) throw new Error(`lab postgresql: ${id} was changed and is not there now`);
  return stored(kind.schema, id, state);
}

/** The bridge's wording around an error of the Terraform provider. */
function occurred(error: unknown, doing = ""): string {
  return `${doing}1 error occurred:\n\t* ${(error as Error).message}\n\n`;
}

/** Runs `work`; a failure of it is worded as the bridge words it. */
async function worded<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Error(occurred(error, doing));
  }
}

function resourceOf(kind: Kind, server: () => PostgresServer): ResourceType {
  const { schema } = kind;
  return {
    check({ urn, olds, news }) {
      const inputs = withDefaults(schema, news, { urnName: nameOf(urn), olds: revealAll(olds) });
      const checked = check("postgresql", schema, inputs);
      return { inputs, failures: [...checked.failures, ...(kind.failures?.(news) ?? [])] };
    },
    diff: ({ state, inputs, ignoreChanges }) => ({
      changes: changesOf(schema, state, inputs, ignoreChanges),
      deleteBeforeReplace: nameIsFixed(state, inputs),
    }),
    async create({ urn, inputs, preview }) {
      const plan = planned(schema, {}, inputs);
      if (preview) return { id: "", state: stored(schema, "", plan) };
      const id = await worded("", () => kind.create(server(), plan, revealAll(inputs)));
      try {
        return { id, state: await readBack(kind, server(), id, plan) };
      } catch (error) {
        throw new InitializationFailed(id, stored(schema, id, known(plan)), occurred(error, `creating ${urn}: `));
      }
    },
    async read({ urn, id, inputs, state }) {
      const isImport = Object.keys(state).length === 0;
      // After a rename the engine still has the old id; state has the one that is there now, as the bridge's does.
      const current = isImport ? id : String(reveal(state["id"] ?? id));
      const found = await worded(`refreshing ${urn}: `, () => kind.read(server(), current, revealAll(state)));
      if (found === undefined) return undefined;
      const now = stored(schema, current, found);
      return { id: current, inputs: isImport ? importedInputs(schema, now) : refreshedInputs(schema, inputs, now), state: now };
    },
    async update({ urn, id, state, inputs, preview }) {
      const old = revealAll(state);
      const plan = planned(schema, old, inputs);
      if (preview) return stored(schema, id, plan);
      const changed = new Set(changedNames(schema, old, plan));
      try {
        const name = await kind.update(server(), old, plan, revealAll(inputs), changed);
        return await readBack(kind, server(), name, plan);
      } catch (error) {
        throw new InitializationFailed(id, stored(schema, id, known(plan)), occurred(error, `updating ${urn}: `));
      }
    },
    delete: ({ urn, state }) => worded(`deleting ${urn}: `, () => kind.delete(server(), revealAll(state))),
  };
}

/** What of a plan can be kept when the server could not be read: the unknown is left out. */
function known(plan: Properties): Properties {
  return Object.fromEntries(Object.entries(plan).filter(([, value]) => typeof value !== "symbol"));
}

export function resources(server: () => PostgresServer): Record<string, ResourceType> {
  return {
    "postgresql:index/role:Role": resourceOf(role, server),
    "postgresql:index/database:Database": resourceOf(database, server),
  };
}
