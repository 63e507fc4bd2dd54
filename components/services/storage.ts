import { POOLS } from "../../spec/index.ts";

export const STORAGE_PORT = 5000;
/** As upstream's compose file does; its image has BusyBox's wget. */
export const STORAGE_HEALTHCHECK = ["CMD", "wget", "--no-verbose", "--tries=1", "--spider", "http://127.0.0.1:5000/status"];
/** Port of the admin API, inside the container alone by its name: nothing routes to it, and it asks for a key. */
export const STORAGE_ADMIN_PORT = 5001;

/** Where files are inside the containers that know them, and the folder for all projects' there (facts/tenancy.md §2.4). */
export const FILES_DIRECTORY = "/var/lib/storage";
export const FILES_BUCKET = "files";
/** The folder of one project. The same in both architectures, so that a move between them moves no file. */
export const projectFilesDirectory = (project: string): string => `${FILES_DIRECTORY}/${FILES_BUCKET}/${project}`;

/** Bytes; upstream's own limit of one file. */
const FILE_SIZE_LIMIT = 52_428_800;

const common = (imgproxyUrl: string): Record<string, string> => ({
  SERVER_PORT: String(STORAGE_PORT),
  STORAGE_BACKEND: "file",
  FILE_STORAGE_BACKEND_PATH: FILES_DIRECTORY,
  GLOBAL_S3_BUCKET: FILES_BUCKET,
  REGION: "local",
  FILE_SIZE_LIMIT: String(FILE_SIZE_LIMIT),
  REQUEST_ALLOW_X_FORWARDED_PATH: "true",
  ENABLE_IMAGE_TRANSFORMATION: "true",
  IMGPROXY_URL: imgproxyUrl,
  // 20 by default.
  DATABASE_MAX_CONNECTIONS: String(POOLS.storage),
});

export interface PlaneStorageEnvironmentArgs {
  /** The domain that the projects' hosts are under: the first label before it is the tenant. */
  domain: string;
  imgproxyUrl: string;
  /** Of the database of its own tables. Secret. */
  databaseUrl: string;
  /** Secret. */
  adminApiKey: string;
  /** What it writes of the projects is encrypted with it. Secret. */
  encryptionKey: string;
}

/** Storage for many projects: supabase/storage src/config.ts @4fa61fba (facts/tenancy.md §2.1). */
export function planeStorageEnvironment(args: PlaneStorageEnvironmentArgs): Record<string, string> {
  return {
    ...common(args.imgproxyUrl),
    MULTI_TENANT: "true",
    DATABASE_MULTITENANT_URL: args.databaseUrl,
    // Anchored: a second header of a client makes "a, b", and that must match nothing (facts/tenancy.md §2.3).
    REQUEST_X_FORWARDED_HOST_REGEXP: `^([a-z0-9-]+)\\.${args.domain.replaceAll(".", "\\.")}(?::[0-9]+)?$`,
    SERVER_ADMIN_PORT: String(STORAGE_ADMIN_PORT),
    ADMIN_API_KEYS: args.adminApiKey,
    AUTH_ENCRYPTION_KEY: args.encryptionKey,
    // By default GET /tenants shows every project's secrets.
    ADMIN_RETURN_TENANT_SENSITIVE_DATA: "false",
  };
}

export interface OwnStorageEnvironmentArgs {
  /** The project's name: the folder of its files. */
  project: string;
  /** The project's address. */
  url: string;
  imgproxyUrl: string;
  /** Secret. */
  databaseUrl: string;
  /** Secrets. */
  keys: StorageKeys;
}

export interface StorageKeys {
  anonKey: string;
  serviceRoleKey: string;
  jwtSecret: string;
  /** JSON of the keys that tokens are checked with. */
  jwks: string;
}

/** Storage of one project: supabase/supabase docker/docker-compose.yml @1f37f2a9 (facts/upstream.md §1.3). */
export function ownStorageEnvironment({ project, url, imgproxyUrl, databaseUrl, keys }: OwnStorageEnvironmentArgs): Record<string, string> {
  return {
    ...common(imgproxyUrl),
    TENANT_ID: project,
    DATABASE_URL: databaseUrl,
    STORAGE_PUBLIC_URL: url,
    ANON_KEY: keys.anonKey,
    SERVICE_KEY: keys.serviceRoleKey,
    AUTH_JWT_SECRET: keys.jwtSecret,
    JWT_JWKS: keys.jwks,
  };
}

/** The body that makes or changes a tenant (facts/tenancy.md §2.2). Without `jwks` a PUT would take them away. Secret. */
export const storageTenantBody = (databaseUrl: string, keys: StorageKeys): string =>
  JSON.stringify({
    databaseUrl,
    anonKey: keys.anonKey,
    serviceKey: keys.serviceRoleKey,
    jwtSecret: keys.jwtSecret,
    jwks: JSON.parse(keys.jwks) as unknown,
    maxConnections: POOLS.storage,
    features: { imageTransformation: { enabled: true } },
  });
