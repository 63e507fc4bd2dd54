import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import { databaseName, roleNames, type RoleNames } from "../spec/names.ts";
import { renderTenancySql } from "./database/tenancySql.ts";
import { readComponentFile } from "./files.ts";
import { type PostgresServer, SUPERUSER } from "./postgresServer.ts";
import type { ProjectKeys } from "./projectKeys.ts";
import { execIn, type Server, unlessGone } from "./server/server.ts";

export interface ProjectDatabaseArgs {
  /** The project's name. */
  project: string;
  server: Server;
  postgres: PostgresServer;
  keys: ProjectKeys;
  /** Connections at one time: of each role, and of the database. */
  connections: number;
  /** The image of the Realtime that serves the project: its tables are of that version. */
  realtimeImage: string;
  /** Whether a Realtime reads its changes. */
  hasRealtime: boolean;
  protect: boolean;
  /** Nobody may log in any more; and once it leaves the file, it is forgotten and not dropped: that is the purge's (images/backup/removal.ts). */
  isRemoved: boolean;
}

/** A database and who it lets in. */
export interface DatabaseLogin {
  /** The database's name. */
  name: string;
  user: string;
  /** Secret. */
  password: string;
}

/** Settings that the provider reads back, so they are set there; the rest is in the tenancy SQL. */
interface LoginRole {
  role: keyof RoleNames;
  roles?: string[];
  inherit?: boolean;
  replication?: boolean;
  searchPaths?: string[];
  /** Milliseconds. */
  statementTimeout?: number;
  /** Milliseconds. */
  idleInTransactionSessionTimeout?: number;
}

const API_ROLES = ["anon", "authenticated", "service_role"];

/** The logins of a project, as the image sets the ones that they stand for (facts/tenancy.md §9). */
function loginRoles(names: RoleNames, hasRealtime: boolean): LoginRole[] {
  return [
    { role: "authAdmin", inherit: false, searchPaths: ["auth"], idleInTransactionSessionTimeout: 60_000 },
    { role: "storageAdmin", inherit: false, searchPaths: ["storage"], roles: API_ROLES },
    { role: "authenticator", inherit: false, roles: API_ROLES, statementTimeout: 8_000 },
    // With it a role may copy the whole server (docs/security.md), so only where it must.
    { role: "realtime", replication: hasRealtime, roles: [...API_ROLES, "supabase_realtime_admin"] },
    // A trigger on auth.users, a policy on storage.objects or on realtime.messages: the owner is a member of who owns those (DESIGN §13.16).
    { role: "owner", roles: [names.authAdmin, names.storageAdmin, "supabase_realtime_admin", "anon", "authenticated"] },
  ];
}

/** Roles, database and tenancy of one project. What outlives every change of its services. */
export class ProjectDatabase extends pulumi.ComponentResource {
  readonly database: string;
  /** Connection string of the owner, from the server itself. Secret. */
  readonly dbUrl: pulumi.Output<string>;
  /** What must be done before a service may connect. */
  readonly ready: pulumi.Resource;
  private readonly args: ProjectDatabaseArgs;
  private readonly names: RoleNames;

  constructor(name: string, args: ProjectDatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("indie-ventures:index:ProjectDatabase", name, {}, opts);
    this.args = args;
    this.database = databaseName(args.project);
    this.names = roleNames(args.project);
    const roles = this.createRoles(name);
    const database = this.createDatabase(name, roles);
    const { postgres, realtimeImage } = args;
    const realtimeSchema = postgres.realtimeSchema(name, this.database, realtimeImage, this, [database], args.isRemoved);
    this.ready = this.createTenancy(name, [realtimeSchema, postgres.reader]);
    this.dbUrl = this.url("owner", "127.0.0.1", args.postgres.port);
    this.registerOutputs({});
  }

  /** The connection string of a service that has a door in its network. Secret. */
  serviceUrl(role: keyof RoleNames): pulumi.Output<string> {
    return this.url(role, "postgres", 5432);
  }

  /** The same in parts. Secret. */
  login(role: keyof RoleNames): pulumi.Output<DatabaseLogin> {
    return this.args.keys.password(role).apply((password) => ({ name: this.database, user: this.names[role], password }));
  }

  private url(role: keyof RoleNames, host: string, port: number): pulumi.Output<string> {
    return pulumi.interpolate`postgresql://${this.names[role]}:${this.args.keys.password(role)}@${host}:${port}/${this.database}`;
  }

  private createRoles(name: string): postgresql.Role[] {
    const { postgres, keys, connections, hasRealtime, isRemoved } = this.args;
    const created: postgresql.Role[] = [];
    for (const { role, ...settings } of loginRoles(this.names, hasRealtime)) {
      created.push(
        new postgresql.Role(
          `${name}-${role}`,
          {
            name: this.names[role],
            login: !isRemoved,
            password: keys.password(role),
            connectionLimit: connections,
            ...settings,
          },
          // The owner is made last: it is a member of others.
          { parent: this, provider: postgres.provider, dependsOn: role === "owner" ? [...created] : [] },
        ),
      );
    }
    return created;
  }

  private createDatabase(name: string, roles: postgresql.Role[]): postgresql.Database {
    const { postgres, connections, protect, isRemoved } = this.args;
    return new postgresql.Database(
      name,
      { name: this.database, owner: this.names.owner, template: "supabase_template", connectionLimit: connections },
      {
        parent: this,
        provider: postgres.provider,
        // Depends on the roles, so that it is deleted before them: a role that owns something in it can not be dropped.
        dependsOn: roles,
        protect: protect && !isRemoved,
        retainOnDelete: protect && isRemoved,
        // An import reads `template` back as `template0`, and the next `up` would drop the database (DESIGN §13.1). Whether it is shut is the
        // removal's to say: after a refresh an update would open one that is removed.
        ignoreChanges: ["template", "encoding", "lcCollate", "lcCtype", "allowConnections"],
      },
    );
  }

  private createTenancy(name: string, after: pulumi.Resource[]): pulumi.Resource {
    const { server, postgres, protect, isRemoved } = this.args;
    return server.exec(
      `${name}-tenancy`,
      {
        // A removed project's database is shut.
        create: `[ -z "\${REMOVED:-}" ] || exit 0; exec docker exec --interactive "$CONTAINER" psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username ${SUPERUSER} --dbname "$DATABASE"`,
        // Goes before the database and the roles do.
        delete: unlessGone(execIn("Postgres", '"$container" bash -c "$FORGET" forget "$DATABASE" "$ROLES" "${PROVIDER_DROPS:-}"')),
        stdin: renderTenancySql({ database: this.database, roles: this.names }),
        environment: {
          CONTAINER: postgres.container,
          DATABASE: this.database,
          ROLES: Object.values(this.names).join(","),
          FORGET: readComponentFile("database/forget.sh"),
          ...(isRemoved ? { REMOVED: "true" } : {}),
          // See createDatabase: with the protection it is forgotten, without it the provider drops it.
          ...(isRemoved && !protect ? { PROVIDER_DROPS: "true" } : {}),
        },
      },
      { parent: this, dependsOn: after },
    );
  }
}
