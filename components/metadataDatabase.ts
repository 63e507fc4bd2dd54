import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import { readComponentFile } from "./files.ts";
import { type PostgresServer, SUPERUSER } from "./postgresServer.ts";
import type { DatabaseLogin } from "./projectDatabase.ts";
import type { Server } from "./server/server.ts";

export interface MetadataDatabaseArgs {
  server: Server;
  postgres: PostgresServer;
  /** The database's name. It begins with `supabase`, and so is no project's (spec/names.ts). */
  database: string;
  /** Who owns it and alone may connect. @default a role made for it, `<database>_owner` */
  role?: string;
  /** The role's. Secret. */
  password: pulumi.Output<string>;
  /** Connections at one time. */
  connections: number;
  /** What makes {@link role}. @default nothing */
  after?: pulumi.Resource[];
}

/**
 * The database of a service's own tables: its tenants, and what it notes of them. Projects' seeds make all of it again, so it is not
 * protected.
 */
export class MetadataDatabase extends pulumi.ComponentResource {
  /** Secret. */
  readonly login: pulumi.Output<DatabaseLogin>;
  /** Connection string of a service that has a door in its network. Secret. */
  readonly url: pulumi.Output<string>;
  /** What must be done before the service may connect. */
  readonly ready: pulumi.Resource;

  constructor(name: string, args: MetadataDatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("indie-ventures:index:MetadataDatabase", name, {}, opts);
    const { server, postgres, database, password } = args;
    const role = args.role ?? `${database}_owner`;
    this.login = pulumi.secret(password).apply((value) => ({ name: database, user: role, password: value }));
    this.url = pulumi.interpolate`postgresql://${role}:${password}@postgres:5432/${database}`;
    const roles = args.role === undefined ? [this.createRole(name, role, args)] : [];
    const created = this.createDatabase(name, role, args, [...roles, ...(args.after ?? [])]);
    this.ready = server.exec(
      `${name}-tenancy`,
      {
        create: `exec docker exec --interactive "$CONTAINER" psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username ${SUPERUSER} --set "database=$DATABASE" --set "role=$ROLE" --dbname "$DATABASE"`,
        stdin: readComponentFile("database/metadata.sql"),
        environment: { CONTAINER: postgres.container, DATABASE: database, ROLE: role },
      },
      { parent: this, dependsOn: [created] },
    );
    this.registerOutputs({});
  }

  private createRole(name: string, role: string, { postgres, password, connections }: MetadataDatabaseArgs) {
    return new postgresql.Role(
      `${name}-owner`,
      { name: role, login: true, password, connectionLimit: connections },
      { parent: this, provider: postgres.provider },
    );
  }

  private createDatabase(name: string, owner: string, { postgres, database, connections }: MetadataDatabaseArgs, after: pulumi.Resource[]) {
    return new postgresql.Database(
      name,
      { name: database, owner, template: "template0", connectionLimit: connections },
      { parent: this, provider: postgres.provider, dependsOn: after, ignoreChanges: ["template", "encoding", "lcCollate", "lcCtype"] },
    );
  }
}
