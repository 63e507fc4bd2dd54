// What the running process knows: configuration, pool, schema cache; and how it gets it back when the database was away
// (src/PostgREST/AppState.hs at v14.17).
import { setTimeout as sleep } from "node:timers/promises";
import type { Pool, PoolClient } from "pg";
import type { SchemaCache } from "./catalog.ts";
import { ConfigError, readConfig } from "./config.ts";
import type { Config, Environment } from "./config.ts";
import { AuthenticationFailed, acquire, openPool, toRestError } from "./database.ts";
import { readDbVariables, readRoleSettings } from "./inDbConfig.ts";
import { log } from "./log.ts";
import { loadSchemaCache } from "./schemaCache.ts";
import type { RoleSettings } from "./transaction.ts";

/** seconds */
const MAX_DELAY = 32;

export class State {
  config: Config;
  readonly pool: Pool;
  cache: SchemaCache | undefined;
  roles: RoleSettings = new Map();
  /** seconds until the next try; what `Retry-After` says */
  delay = 1;
  readonly #env: Environment;
  readonly #stopped = new AbortController();
  #loading: Promise<void> | undefined;
  #again = false;

  constructor(env: Environment) {
    this.#env = env;
    this.config = readConfig(env);
    this.pool = openPool(this.config);
  }

  /** Loads the schema cache and does not give up. One load at a time: a call during a load makes one more follow. */
  reload(): Promise<void> {
    if (this.#loading !== undefined) {
      this.#again = true;
      return this.#loading;
    }
    this.#loading = this.#loadUntilDone().finally(() => (this.#loading = undefined));
    return this.#loading;
  }

  get pending(): boolean {
    return this.#loading !== undefined;
  }

  async #loadUntilDone(): Promise<void> {
    this.delay = 1;
    while (!this.#stopped.signal.aborted) {
      this.#again = false;
      try {
        await this.#load();
        if (!this.#again) return;
      } catch (error) {
        if (!(await this.#waitAfter(error))) return;
      }
    }
  }

  /** @returns whether to try again */
  async #waitAfter(error: unknown): Promise<boolean> {
    this.cache = undefined;
    if (this.#stopped.signal.aborted) return false;
    if (error instanceof AuthenticationFailed || !this.config.dbPoolAutomaticRecovery) {
      log(error instanceof AuthenticationFailed ? error.message : "Automatic recovery disabled, exiting.");
      process.exit(1);
    }
    const { dbSchemas, dbExtraSearchPath } = this.config;
    log(
      `Failed to load the schema cache using db-schemas=${dbSchemas.join(",")} and ` +
        `db-extra-search-path=${dbExtraSearchPath.join(",")}. ${toRestError(error, true).body()}`,
    );
    log(`Attempting to reconnect to the database in ${this.delay} seconds...`);
    await sleep(this.delay * 1000, undefined, { signal: this.#stopped.signal }).catch(() => {});
    this.delay = Math.min(this.delay * 2, MAX_DELAY);
    return true;
  }

  async #load(): Promise<void> {
    const client = await acquire(this.pool);
    let broken: Error | undefined;
    try {
      await client.query("BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY");
      if (this.config.dbConfig) await this.#readConfigWith(client);
      this.cache = await loadSchemaCache(client, this.config.dbSchemas);
      await client.query("COMMIT");
    } catch (error) {
      broken = error as Error;
      throw error;
    } finally {
      client.release(broken);
    }
    const { tables, relationships, routines } = this.cache;
    const count = (map: Map<string, unknown[]>): number => [...map.values()].flat().length;
    log(`Schema cache loaded ${tables.size} Relations, ${count(relationships)} Relationships, ${count(routines)} Functions`);
  }

  async #readConfigWith(client: PoolClient): Promise<void> {
    this.roles = await readRoleSettings(client);
    try {
      this.config = readConfig({ ...this.#env, ...(await readDbVariables(client)) });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      log(`Failed reloading config: ${error.message}`);
    }
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#loading;
    await this.pool.end();
  }
}
