// What the container was started with.
import type { Postgres } from "./postgres.ts";
import { stackOption, upCommand } from "./stackOption.ts";

export interface Settings {
  /** The Pulumi stack = the server. */
  stack: string;
  /** Of this server's Postgres. Holds secrets. */
  postgres: Postgres;
  /** That it runs, and the scratch one. */
  postgresImage: string;
}

/** @throws Error naming the variable that is missing */
export function readSettings(env: Record<string, string | undefined> = process.env): Settings {
  const read = (name: string): string => {
    const value = env[name];
    if (value === undefined || value === "") throw new Error(`the container's environment has no ${name}`);
    return value;
  };
  return {
    stack: read("STACK"),
    postgres: {
      host: read("DATABASE_HOST"),
      port: Number(read("DATABASE_PORT")),
      superuser: { user: "supabase_admin", password: read("SUPERUSER_PASSWORD") },
      reader: { user: READER, password: read("READER_PASSWORD") },
    },
    postgresImage: read("POSTGRES_IMAGE"),
  };
}

/** The stack alone: which of the backups in a repository are this server's own. */
export const ownStack = (env: Record<string, string | undefined> = process.env): string => env.STACK ?? "";

/** What is printed to be typed names the stack: without it another server would be meant. */
export const onStack = (): string => stackOption(ownStack());
export const runUp = (): string => upCommand(ownStack());

/** The login that dumps and measures: it may read everything in the databases that let it in, and change nothing. */
export const READER = "supabase_backup";
