// SEED_SELF_HOST: one tenant, whose database is the metadata's own (upstream: priv/repo/seeds.exs, v2.129.8).
import type { Config } from "./config.ts";
import { migrateTenant } from "./database/connections.ts";
import { clientConfig, withConnection } from "./database/settings.ts";
import { createPartitions, deleteOldMessages, MIGRATIONS } from "./database/tenantSchema.ts";
import { log, messageOf } from "./log.ts";
import { cdcSettings } from "./metadata/tenant.ts";
import type { Tenants } from "./metadata/tenants.ts";

export async function seed(config: Config, tenants: Tenants): Promise<void> {
  const { db, seed: { tenantName, jwtJwks }, apiJwtSecrets } = config;
  await tenants.enableFeatureFlag("gcm_encryption_backfill");
  await tenants.delete(tenantName);
  const settings = {
    db_name: db.name, db_host: db.host, db_user: db.user, db_password: db.password, db_port: db.port,
    region: "us-east-1", poll_interval_ms: 100, poll_max_record_bytes: 1_048_576, ssl_enforced: false,
  };
  const tenant = await tenants.create({
    name: tenantName, external_id: tenantName, jwt_secret: apiJwtSecrets[0],
    ...(jwtJwks === undefined ? {} : { jwt_jwks: JSON.parse(jwtJwks) as unknown }),
    extensions: [{ type: "postgres_cdc_rls", settings }],
  });
  // As upstream: a tenant whose database is not ready is said in the log alone.
  try {
    await migrateTenant(config, tenant);
    await tenants.setMigrationsRan(tenantName, MIGRATIONS);
    await withConnection(clientConfig(config.encryption, cdcSettings(tenant), "realtime_janitor"), async (client) => {
      await deleteOldMessages(client);
      await createPartitions(client);
    });
    log("info", "Tenant set-up successfully", { external_id: tenantName });
  } catch (error) {
    log("info", `Failed to set-up tenant: ${messageOf(error)}`, { external_id: tenantName });
  }
}
