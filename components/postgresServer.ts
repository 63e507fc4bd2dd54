import * as docker from "@pulumi/docker";
import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import { READER } from "../images/backup/settings.ts";
import { readComponentFile } from "./files.ts";
import { derive } from "./keys/derive.ts";
import type { Networks } from "./networks.ts";
import { fixedName, labels } from "./ours.ts";
import { seed } from "./projectKeys.ts";
import type { Server } from "./server/server.ts";
import { serviceContainer } from "./services/serviceContainer.ts";

/** The image's superuser. Used by us alone (DESIGN §5). */
export const SUPERUSER = "supabase_admin";

export interface PostgresServerArgs {
  server: Server;
  networks: Networks;
  image: string;
  /** Image of nginx, for the door. */
  doorImage: string;
  /** The port on 127.0.0.1 of the server. */
  port: number;
  /** Image of Realtime, which makes its schema of the template's. */
  realtimeImage: string;
  /** Settings that only a restart of Postgres changes, by their own names. */
  settings: Record<string, number>;
  /** Protect the data (stack config `protectData`). */
  protect: boolean;
}

export interface DoorArgs {
  /** The network of the services that it is for. */
  network: docker.Network;
  /** The port on 127.0.0.1 of the server. @default none */
  port?: number;
  /** The project whose network it is. @default the plane's */
  project?: string;
  /** @default the Postgres server */
  parent?: pulumi.Resource;
}

/** The one Postgres of a server, with its template database; and the way in. */
export class PostgresServer extends pulumi.ComponentResource {
  /** Connects as superuser; ready when the template is. */
  readonly provider: postgresql.Provider;
  /** The container's fixed name. */
  readonly container: string;
  readonly port: number;
  /** The way in from the plane. */
  readonly planeDoor: docker.Container;
  /** Vault's root key: without it no secret in any vault can be read (facts/upstream.md §1.3). */
  readonly customVolume: docker.Volume;
  /** Secret. */
  readonly superuserPassword: pulumi.Output<string>;
  /** The login that reads everything, for backups; there before any project lets it in. */
  readonly reader: pulumi.Resource;
  /** Secret. */
  readonly readerPassword: pulumi.Output<string>;
  /** Of what is this server's and no project's, and stays for ever. Secret. */
  readonly lastingSecret: (purpose: string) => pulumi.Output<string>;
  private readonly args: PostgresServerArgs;

  constructor(name: string, args: PostgresServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("indie-ventures:index:PostgresServer", name, {}, opts);
    this.args = args;
    this.port = args.port;
    this.container = fixedName(args.server.stack, "postgres");
    const serverSeed = seed("postgres-seed", { parent: this, protect: args.protect });
    this.lastingSecret = (purpose) => serverSeed.apply((value) => derive(value, purpose, 1).toString("hex"));
    const password = this.lastingSecret("postgres-superuser");
    this.customVolume = this.createVolume("postgres-custom");
    const container = this.createContainer(password);
    this.superuserPassword = password;
    const template = this.createTemplate(container);
    const realtimeSchema = this.realtimeSchema("template", "supabase_template", args.realtimeImage, this, [template]);
    const door = this.door("door", { network: args.networks.plane, port: args.port });
    this.planeDoor = door;
    this.provider = this.createProvider(password, [realtimeSchema, door]);
    this.readerPassword = this.lastingSecret("postgres-reader");
    this.reader = this.createReader();
    this.registerOutputs({});
  }

  private createVolume(thing: string): docker.Volume {
    const { server, protect } = this.args;
    return new docker.Volume(
      thing,
      { name: fixedName(server.stack, thing), labels: labels(server, "postgres") },
      { parent: this, provider: server.docker, protect },
    );
  }

  private createContainer(password: pulumi.Output<string>): docker.Container {
    const { server, image, networks } = this.args;
    // Every database of every project.
    const data = this.createVolume("postgres-data");
    return serviceContainer(
      "postgres",
      {
        server,
        service: "postgres",
        image,
        name: this.container,
        networks: [{ name: networks.db.name, aliases: ["database"] }],
        envs: password.apply((value) => [
          `POSTGRES_PASSWORD=${value}`,
          "POSTGRES_DB=postgres",
          "POSTGRES_HOST=/var/run/postgresql",
        ]),
        command: [
          "postgres",
          "-c", "config_file=/etc/postgresql/postgresql.conf",
          "-c", "hba_file=/etc/indie-ventures/pg_hba.conf",
          ...Object.entries(this.args.settings).flatMap(([setting, value]) => ["-c", `${setting}=${value}`]),
          // A statement that is logged may hold a secret (upstream does the same).
          "-c", "log_min_messages=fatal",
          "-c", "log_min_error_statement=panic",
        ],
        uploads: [{ file: "/etc/indie-ventures/pg_hba.conf", content: readComponentFile("database/pg_hba.conf") }],
        volumes: [
          { volumeName: data.name, containerPath: "/var/lib/postgresql/data" },
          { volumeName: this.customVolume.name, containerPath: "/etc/postgresql-custom" },
        ],
        // Over TCP: the server that the first boot runs its scripts on listens on the socket alone.
        healthcheck: ["CMD", "pg_isready", "--quiet", "--host=127.0.0.1", `--username=${SUPERUSER}`],
        // What the image's entrypoint needs to own its folders and become `postgres`.
        capabilities: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"],
        // Fast shutdown: sessions end, nothing is recovered at the next start.
        stopSignal: "SIGINT",
        destroyGraceSeconds: 60,
      },
      { parent: this },
    );
  }

  /** May read every row that it is let in to, and change none. Not large objects by that: the setting does it, which only a superuser gives. */
  private createReader(): pulumi.Resource {
    const role = new postgresql.Role(
      "backup-reader",
      { name: READER, login: true, password: this.readerPassword, bypassRowLevelSecurity: true, roles: ["pg_read_all_data"] },
      { parent: this, provider: this.provider },
    );
    return this.args.server.exec(
      "backup-reader-setting",
      {
        create: `exec docker exec --interactive "$CONTAINER" psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username ${SUPERUSER} --dbname postgres`,
        stdin: `alter role ${READER} set lo_compat_privileges = on;\n`,
        environment: { CONTAINER: this.container },
      },
      { parent: this, dependsOn: [role] },
    );
  }

  private createTemplate(container: docker.Container) {
    return this.args.server.exec(
      "template",
      {
        // Ready, and not only healthy once: a `wait` that failed is forgotten by the next `up` (facts/pulumi.md §1.4).
        create:
          'for attempt in $(seq 120); do docker exec "$CONTAINER" pg_isready --quiet --host=127.0.0.1 && break; sleep 0.5; done; exec docker exec --interactive "$CONTAINER" bash',
        stdin: readComponentFile("database/template.sh"),
        environment: { CONTAINER: this.container },
      },
      { parent: this, dependsOn: [container] },
    );
  }

  /** Lets a network's services reach Postgres as `postgres:5432`, and us as 127.0.0.1 of the server where there is a port. */
  door(name: string, { network, port, project, parent }: DoorArgs): docker.Container {
    const { server, doorImage, networks } = this.args;
    return serviceContainer(
      name,
      {
        server,
        service: "door",
        project,
        image: doorImage,
        ...(port === undefined ? {} : { name: fixedName(server.stack, name), ports: [{ internal: 5432, external: port, ip: "127.0.0.1" }] }),
        networks: [{ name: network.name, aliases: ["postgres"] }, { name: networks.db.name }],
        entrypoints: ["nginx"],
        uploads: [{ file: "/etc/nginx/nginx.conf", content: readComponentFile("database/door.conf") }],
        healthcheck: ["CMD", "bash", "-c", "</dev/tcp/127.0.0.1/5432"],
        capabilities: ["CHOWN", "SETGID", "SETUID"],
        stopSignal: "SIGQUIT",
        destroyGraceSeconds: 5,
      },
      { parent: parent ?? this },
    );
  }

  /**
   * Realtime's own tables in a database, of the pinned version. Only a superuser can make them, and a superuser is used by us alone: a
   * one-shot of the image does it before the service connects (DESIGN §5). Nothing to do where a template's copy has them already.
   * The first that enters the database as superuser, so that it makes such sessions safe before.
   */
  realtimeSchema(name: string, database: string, image: string, parent: pulumi.Resource, dependsOn: pulumi.Resource[], isRemoved = false) {
    const { server, networks } = this.args;
    return server.exec(
      `${name}-realtime-schema`,
      {
        create: 'exec sh -c "$SCRIPT"',
        stdin: this.superuserPassword,
        environment: {
          SCRIPT: readComponentFile("database/realtimeSchema.sh"),
          CONTAINER: this.container,
          DATABASE: database,
          IMAGE: image,
          NETWORK: networks.db.name,
          STACK: server.stack,
          SESSION: readComponentFile("database/superuserSession.sql"),
          ...(isRemoved ? { REMOVED: "true" } : {}),
        },
      },
      { parent, dependsOn: [server.image(image), ...dependsOn] },
    );
  }

  private createProvider(password: pulumi.Output<string>, dependsOn: pulumi.Resource[]): postgresql.Provider {
    return new postgresql.Provider(
      "postgresql",
      {
        host: "127.0.0.1",
        port: this.port,
        username: SUPERUSER,
        password,
        database: "postgres",
        sslmode: "disable",
        superuser: true,
        connectTimeout: 15,
        // Known, so that the provider need not ask (facts/pulumi.md §2).
        expectedVersion: "17.0.0",
      },
      { parent: this, dependsOn },
    );
  }
}
