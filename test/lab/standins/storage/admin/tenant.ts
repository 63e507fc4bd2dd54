// A tenant of the admin API and its row (src/http/routes/admin/tenants.ts).
import { decrypt, encrypt } from "../tenants/crypto.ts";
import type { TenantRow } from "../tenants/registry.ts";

const text = { type: "string" } as const;
const number = { type: "number" } as const;
const enabled = { type: "object", properties: { enabled: { type: "boolean" } } } as const;

const properties = {
  anonKey: text, databaseUrl: text, databasePoolUrl: { type: "string", nullable: true }, maxConnections: number,
  jwks: { type: "object", nullable: true }, fileSizeLimit: number, deleteObjectsLimit: { type: "integer", minimum: 1, nullable: true },
  jwtSecret: text, serviceKey: text, tracingMode: text, disableEvents: { type: "array", items: text, nullable: true },
  features: {
    type: "object",
    properties: {
      imageTransformation: { type: "object", properties: { enabled: { type: "boolean" }, maxResolution: { type: "number", nullable: true } } },
      purgeCache: enabled, s3Protocol: enabled, icebergCatalog: enabled, vectorBuckets: enabled,
    },
  },
} as const;

export const patchBody = { type: "object", properties } as const;
export const putBody = { ...patchBody, required: ["anonKey", "databaseUrl", "jwtSecret", "serviceKey"] } as const;

/** Columns that hold a secret, by the field that sets them. */
const SECRETS = {
  anonKey: "anon_key", databaseUrl: "database_url", databasePoolUrl: "database_pool_url", jwtSecret: "jwt_secret", serviceKey: "service_key",
} as const;

/** The row's columns that a body sets; what it leaves out is not among them. */
export function columnsOf(body: any, passphrase: string): Record<string, unknown> {
  const { features = {} } = body;
  const secrets = Object.entries(SECRETS).map(([field, column]) => [column, typeof body[field] === "string" ? encrypt(body[field], passphrase) : body[field]]);
  const all = Object.fromEntries([
    ...secrets,
    ["max_connections", body.maxConnections],
    ["file_size_limit", body.fileSizeLimit],
    ["delete_objects_limit", body.deleteObjectsLimit],
    ["jwks", body.jwks === undefined ? undefined : body.jwks === null ? null : JSON.stringify(body.jwks)],
    ["tracing_mode", body.tracingMode],
    ["disable_events", body.disableEvents],
    ["feature_image_transformation", features.imageTransformation?.enabled],
    ["image_transformation_max_resolution", features.imageTransformation?.maxResolution],
    ["feature_purge_cache", features.purgeCache?.enabled],
    ["feature_s3_protocol", features.s3Protocol?.enabled],
    ["feature_iceberg_catalog", features.icebergCatalog?.enabled],
    ["feature_vector_buckets", features.vectorBuckets?.enabled],
  ]);
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

export function shownTenant(row: TenantRow, { encryptionKey, showSecrets }: { encryptionKey: string; showSecrets: boolean }) {
  const open = (column: string) => (row[column] === null ? undefined : decrypt(row[column], encryptionKey));
  const secrets = Object.fromEntries(Object.entries(SECRETS).map(([field, column]) => [field, open(column)]));
  const limit = Number(row.delete_objects_limit ?? 0);
  return {
    ...(showSecrets ? { ...secrets, jwks: row.jwks } : {}),
    maxConnections: row.max_connections ? Number(row.max_connections) : undefined,
    fileSizeLimit: Number(row.file_size_limit),
    deleteObjectsLimit: limit > 0 ? limit : undefined,
    features: {
      imageTransformation: { enabled: row.feature_image_transformation, maxResolution: row.image_transformation_max_resolution },
      purgeCache: { enabled: row.feature_purge_cache },
      s3Protocol: { enabled: row.feature_s3_protocol },
      icebergCatalog: {
        enabled: row.feature_iceberg_catalog,
        maxNamespaces: row.feature_iceberg_catalog_max_namespaces,
        maxTables: row.feature_iceberg_catalog_max_tables,
        maxCatalogs: row.feature_iceberg_catalog_max_catalogs,
      },
      vectorBuckets: {
        enabled: row.feature_vector_buckets,
        maxBuckets: row.feature_vector_buckets_max_buckets,
        maxIndexes: row.feature_vector_buckets_max_indexes,
      },
    },
    migrationVersion: row.migrations_version,
    migrationStatus: row.migrations_status,
    tracingMode: row.tracing_mode,
    disableEvents: row.disable_events,
  };
}
