import pg, { type Client, type ClientConfig } from "pg";
import { decrypt, type EncryptionKeys } from "../crypto.ts";
import type { Settings } from "../metadata/tenant.ts";

const decrypted = (keys: EncryptionKeys, settings: Settings, name: string): string => {
  const value = settings[name];
  if (typeof value !== "string") throw new Error(`the tenant has no setting ${name}`);
  return decrypt(keys, value);
};

/** How to reach a tenant's database (upstream: lib/realtime/database.ex, from_settings/3). `ssl_enforced` is true when it is not said. */
export function clientConfig(keys: EncryptionKeys, settings: Settings, applicationName: string): ClientConfig {
  const read = (name: string) => decrypted(keys, settings, name);
  return {
    host: read("db_host"),
    port: Number(read("db_port")),
    database: read("db_name"),
    user: read("db_user"),
    password: read("db_password"),
    application_name: applicationName,
    connectionTimeoutMillis: 15_000,
    ...(settings["ssl_enforced"] === false ? {} : { ssl: { rejectUnauthorized: false } }),
  };
}

/** A connection of its own, for work that is bound to one session. @param onLost when Postgres ends it */
export async function connectTo(config: ClientConfig, onLost: (error: Error) => void = () => {}): Promise<Client> {
  const client = new pg.Client(config);
  client.on("error", onLost);
  try {
    await client.connect();
  } catch (error) {
    // A connection that failed half way (a wrong password) still holds its socket.
    await client.end().catch(() => {});
    throw error;
  }
  return client;
}

export async function withConnection<T>(config: ClientConfig, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await connectTo(config);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
