import { execa } from "execa";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { docker } from "./testStack.ts";

/** A server that knows nothing of us: the images of one version, started with the variables that upstream's compose file gives them. */
export class StrangerServer {
  private readonly name = `stranger-${randomBytes(3).toString("hex")}`;
  private readonly images: Record<string, string>;
  private readonly env: Record<string, string>;

  /** @param env what `.env` holds */
  constructor(images: Record<string, string>, env: Record<string, string>) {
    this.images = images;
    this.env = env;
  }

  /** `docker exec` beside its Postgres: what restore.sh takes for `docker compose exec -T db`. */
  get databaseExec(): string {
    return `docker exec -i ${this.name}-db`;
  }

  async startDatabase(): Promise<void> {
    await docker("network", "create", this.name);
    await this.run("db", this.images.postgres!, { POSTGRES_PASSWORD: this.env.POSTGRES_PASSWORD!, POSTGRES_DB: "postgres", PGPASSWORD: this.env.POSTGRES_PASSWORD! }, []);
    const isReady = () => docker("exec", `${this.name}-db`, "pg_isready", "--quiet", "--host=127.0.0.1").then(() => true, () => false);
    while (!(await isReady())) await sleep(300);
    // volumes/db/roles.sql of upstream's, which the lab's image does not run.
    for (const role of ["authenticator", "supabase_auth_admin", "supabase_storage_admin"]) await this.sql(`alter user ${role} with password '${this.env.POSTGRES_PASSWORD}'`);
  }

  /** As superuser. */
  async sql(text: string): Promise<string> {
    const psql = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", "supabase_admin", "-d", "postgres"];
    const { stdout } = await execa("docker", ["exec", "-i", `${this.name}-db`, ...psql], { input: text });
    return stdout;
  }

  async rows(text: string): Promise<unknown[]> {
    return JSON.parse(await this.sql(`select coalesce(json_agg(r), '[]') from (${text}) r`)) as unknown[];
  }

  private url = (role: string): string => `postgres://${role}:${this.env.POSTGRES_PASSWORD}@${this.name}-db:5432/postgres`;

  /** docker-compose.yml with docker-compose.project.yml over it. @returns its address */
  async startAuth(): Promise<string> {
    const { env } = this;
    return this.service("auth", 9999, "/health", {
      GOTRUE_API_HOST: "0.0.0.0",
      GOTRUE_API_PORT: "9999",
      API_EXTERNAL_URL: env.API_EXTERNAL_URL!,
      GOTRUE_DB_DRIVER: "postgres",
      GOTRUE_DB_DATABASE_URL: this.url("supabase_auth_admin"),
      GOTRUE_SITE_URL: env.SITE_URL!,
      GOTRUE_DISABLE_SIGNUP: env.DISABLE_SIGNUP!,
      GOTRUE_JWT_ADMIN_ROLES: "service_role",
      GOTRUE_JWT_AUD: "authenticated",
      GOTRUE_JWT_DEFAULT_GROUP_NAME: "authenticated",
      GOTRUE_JWT_EXP: env.JWT_EXPIRY!,
      GOTRUE_JWT_SECRET: env.JWT_SECRET!,
      GOTRUE_JWT_KEYS: env.JWT_KEYS!,
      GOTRUE_JWT_ISSUER: env.API_EXTERNAL_URL!,
      GOTRUE_EXTERNAL_EMAIL_ENABLED: env.ENABLE_EMAIL_SIGNUP!,
      GOTRUE_MAILER_AUTOCONFIRM: env.ENABLE_EMAIL_AUTOCONFIRM!,
    });
  }

  async startRest(): Promise<string> {
    const { env } = this;
    return this.service("rest", 3000, "/", {
      PGRST_DB_URI: this.url("authenticator"),
      PGRST_DB_SCHEMAS: env.PGRST_DB_SCHEMAS!,
      PGRST_DB_MAX_ROWS: env.PGRST_DB_MAX_ROWS!,
      PGRST_DB_EXTRA_SEARCH_PATH: env.PGRST_DB_EXTRA_SEARCH_PATH!,
      PGRST_DB_ANON_ROLE: "anon",
      PGRST_JWT_SECRET: env.JWT_JWKS!,
      PGRST_DB_USE_LEGACY_GUCS: "false",
      PGRST_APP_SETTINGS_JWT_EXP: env.JWT_EXPIRY!,
    });
  }

  /** @param files the folder `volumes/storage` */
  async startStorage(files: string): Promise<string> {
    const { env } = this;
    const variables = {
      ANON_KEY: env.ANON_KEY!,
      SERVICE_KEY: env.SERVICE_ROLE_KEY!,
      AUTH_JWT_SECRET: env.JWT_SECRET!,
      JWT_JWKS: env.JWT_JWKS!,
      DATABASE_URL: this.url("supabase_storage_admin"),
      STORAGE_PUBLIC_URL: env.SUPABASE_PUBLIC_URL!,
      FILE_SIZE_LIMIT: "52428800",
      STORAGE_BACKEND: "file",
      GLOBAL_S3_BUCKET: env.GLOBAL_S3_BUCKET!,
      FILE_STORAGE_BACKEND_PATH: "/var/lib/storage",
      TENANT_ID: env.STORAGE_TENANT_ID!,
      REGION: env.REGION!,
    };
    return this.service("storage", 5000, "/status", variables, ["--volume", `${files}:/var/lib/storage`]);
  }

  private async service(service: string, port: number, health: string, env: Record<string, string>, options: string[] = []): Promise<string> {
    await this.run(service, this.images[service]!, env, ["--publish", `127.0.0.1::${port}`, ...options]);
    const address = (await docker("port", `${this.name}-${service}`, String(port))).split("\n")[0]!.trim();
    for (let attempt = 0; ; attempt++) {
      if (await fetch(`http://${address}${health}`).then(() => true, () => false)) return `http://${address}`;
      if (attempt === 300) throw new Error(`${service} does not answer: ${(await execa("docker", ["logs", `${this.name}-${service}`], { all: true })).all}`);
      await sleep(200);
    }
  }

  /** Values by the environment: no secret in an argument. */
  private async run(service: string, image: string, env: Record<string, string>, options: string[]): Promise<void> {
    const names = Object.keys(env).flatMap((name) => ["--env", name]);
    await execa("docker", ["run", "--detach", "--name", `${this.name}-${service}`, "--network", this.name, ...names, ...options, image], { env });
  }

  async remove(): Promise<void> {
    const names = (await docker("ps", "--all", "--format", "{{.Names}}")).split("\n").filter((name) => name.startsWith(`${this.name}-`));
    if (names.length > 0) await docker("rm", "--force", "--volumes", ...names);
    await docker("network", "rm", this.name).catch(() => {});
  }
}

/** Where the files of an archive are, once unpacked. */
export const filesOf = (archive: string): string => join(archive, "volumes", "storage");
