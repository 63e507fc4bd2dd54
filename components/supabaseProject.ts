import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { hostsOfProject, type Images, imageOf, type Project, projectHosts, projectUrl, roleNames, type StackConfig } from "../spec/index.ts";
import type { Backups } from "./backups.ts";
import type { Edge } from "./edge.ts";
import type { FileStore } from "./fileStore.ts";
import { GATEWAY_PORT, type ProjectFragment } from "./gateway/decisions.ts";
import { IsolatedSupabaseStack } from "./isolatedSupabaseStack.ts";
import { type MigrationState, projectMigrations } from "./migrations/projectMigrations.ts";
import type { Networks } from "./networks.ts";
import { NginxRoute } from "./nginxRoute.ts";
import type { PostgresServer } from "./postgresServer.ts";
import { ProjectDatabase } from "./projectDatabase.ts";
import { ProjectKeys } from "./projectKeys.ts";
import type { ProjectOutputs } from "./projectOutputs.ts";
import { projectStudio, type StudioOutputs } from "./projectStudio.ts";
import { RealtimeServer } from "./realtimeServer.ts";
import type { Server } from "./server/server.ts";
import { AUTH_PORT, authEnvironment, isSignupPossible } from "./services/auth.ts";
import { authSecrets } from "./services/authSecrets.ts";
import { REST_PORT, restEnvironment } from "./services/rest.ts";
import { service } from "./services/service.ts";
import type { SharedSupabaseStack } from "./sharedSupabaseStack.ts";
import type { Endpoints, ServedProject, SupabaseStack } from "./supabaseStack.ts";
import { environmentOf } from "./upstreamEnvironment.ts";

export interface SupabaseProjectArgs {
  project: Project;
  stack: StackConfig;
  server: Server;
  networks: Networks;
  postgres: PostgresServer;
  edge: Edge;
  files: FileStore;
  /** Serves it where it is shared, and knows the way to it where it is not. */
  plane: SharedSupabaseStack;
  backups: Backups;
  images: Images;
  /** The seed of its keys, where the server knows it. Secret. @default a new one, if the state has none */
  seedOnServer?: string;
  /** Its folder of migrations beside its database. @default it has none */
  migrations?: MigrationState;
}

/**
 * One project: keys, database, files, its own auth and rest, its site. Everything here outlives a change of architecture, and so its URN
 * does not name one (DESIGN §13.9).
 */
export class SupabaseProject extends pulumi.ComponentResource {
  readonly projectOutputs: ProjectOutputs;
  private readonly args: SupabaseProjectArgs;
  private readonly name: string;
  private readonly url: string;
  private readonly keys: ProjectKeys;
  private readonly database: ProjectDatabase;
  private readonly served: ServedProject;
  private readonly stack: SupabaseStack;
  /** Its folder of files, and what the backup container knows of it. */
  private readonly projectFile: pulumi.Resource;
  /** Of its hosts, where the edge speaks HTTPS. */
  private readonly certificates: pulumi.Resource[];

  constructor(args: SupabaseProjectArgs, opts?: pulumi.ComponentResourceOptions) {
    const { name } = args.project;
    super("indie-ventures:index:SupabaseProject", name, {}, opts);
    this.args = args;
    this.name = name;
    this.url = projectUrl(name, args.stack);
    this.keys = this.createKeys();
    this.database = this.createDatabase();
    this.projectFile = this.keepBackups();
    this.served = this.describe();
    this.certificates = args.edge.certificates?.want(name, hostsOfProject(args.project, args.stack), this) ?? [];
    this.stack = this.chooseStack();
    const fragment = args.project.state === "present" ? this.serve() : this.turnOff(args.project.state);
    this.migrate(fragment);
    const route = this.createRoute(fragment);
    if (args.project.state === "removed") this.remove(route);
    if (this.stack !== args.plane) this.forward(route);
    const studio = this.createStudio();
    this.projectOutputs = { ...this.outputs(), ...(studio === undefined ? {} : { studio }) };
    this.registerOutputs({});
  }

  /** What its keys follow from. */
  get keySource() {
    return { name: this.name, generation: this.args.project.keys.generation, seed: this.keys.seed };
  }

  private createKeys(): ProjectKeys {
    const { project, stack, seedOnServer } = this.args;
    const protect = stack.protectData && project.state !== "removed";
    return new ProjectKeys(this.name, { project: this.name, generation: project.keys.generation, protect, seedOnServer }, { parent: this });
  }

  private createDatabase(): ProjectDatabase {
    const { project, stack, server, postgres, images } = this.args;
    return new ProjectDatabase(
      this.name,
      {
        project: this.name,
        ...{ server, postgres, keys: this.keys },
        connections: project.limits.connections,
        realtimeImage: imageOf(images, project, "realtime"),
        hasRealtime: project.services.realtime !== "off",
        protect: stack.protectData,
        isRemoved: project.state === "removed",
      },
      { parent: this },
    );
  }

  /** What the services that others share with it need to know of it. */
  private describe(): ServedProject {
    const { project } = this.args;
    return {
      name: this.name,
      url: this.url,
      hostAndPort: this.url.replace(/^https?:\/\//, ""),
      keys: this.keys,
      database: this.database,
      files: this.projectFile,
      studio: project.services.studio,
    };
  }

  /** The folder of its files, and what its backups need to know: also while it is suspended. */
  private keepBackups(): pulumi.Resource {
    const { project, backups, stack } = this.args;
    return backups.project(this.name, { project, seed: this.keys.seed, environment: environmentOf(project, stack, this.keys) }, this);
  }

  /** One word of projects.yaml decides. The plane's gateway answers for one that is off: none of its own runs. */
  private chooseStack(): SupabaseStack {
    const { project, stack, server, networks, postgres, edge, files, plane, images } = this.args;
    if (project.architecture === "shared" || project.state !== "present") return plane;
    return new IsolatedSupabaseStack({ project, served: this.served, server, networks, postgres, edge, files, images, stack }, { parent: this });
  }

  private serve(): pulumi.Resource {
    const auth = this.createAuth();
    const rest = this.createRest();
    return this.createFragment(auth, rest, this.createRealtime());
  }

  /** No service runs. Its hosts and keys are known still, so that who asks hears why. */
  private turnOff(off: "suspended" | "removed"): pulumi.Resource {
    const hosts = projectHosts(this.args.project, this.args.stack);
    return this.stack.gateway.fragment(
      this.name,
      this.keys.gateway.apply((keys): ProjectFragment => ({ name: this.name, hosts, keys, services: {}, off })),
    );
  }

  /** The rest of a removal is the server's: it goes on from where it was killed. Taken away again, it brings the project back. */
  private remove(route: NginxRoute): void {
    this.args.backups.removal(this.name, [this.projectFile, this.database, route], this);
  }

  /** Nothing waits for it: with a migration that fails the project serves as before. */
  private migrate(served: pulumi.Resource): void {
    const { migrations: state, server, stack } = this.args;
    if (state) projectMigrations({ project: this.name, state, server, port: stack.postgresPort, password: this.keys.password("owner"), after: [served] }, this);
  }

  private createAuth() {
    const { project, stack } = this.args;
    const isLocalhost = stack.domain === "localhost";
    if (!isSignupPossible(project.auth, isLocalhost))
      pulumi.log.warn(
        `project "${this.name}": sign-up is off, because it has no auth.smtp to confirm an address with. Add auth.smtp in ${stack.projectsFile}.`,
        this,
      );
    const secrets = authSecrets(project.auth, (key) => new pulumi.Config("indie-ventures").requireSecret(key));
    const environment = pulumi
      .all([this.database.serviceUrl("authAdmin"), this.keys.jwtSecret, this.keys.jwtKeys, secrets])
      .apply(([databaseUrl, jwtSecret, jwtKeys, ofConfig]) =>
        authEnvironment({ ...ofConfig, auth: project.auth, url: this.url, isLocalhost, databaseUrl, jwtSecret, jwtKeys }),
      );
    return this.createService("auth", environment);
  }

  private createRest() {
    const secrets = pulumi.all([this.database.serviceUrl("authenticator"), this.keys.jwks]);
    const environment = secrets.apply(([databaseUrl, jwks]) => restEnvironment({ databaseUrl, jwks }));
    return this.createService("rest", environment);
  }

  private createService(word: "auth" | "rest", environment: pulumi.Output<Record<string, string>>): docker.Container {
    const { project, server, images } = this.args;
    return service(
      word,
      {
        server,
        project: this.name,
        image: imageOf(images, project, word),
        networks: [{ name: this.stack.network.name }],
        environment,
        memory: project.limits.memory[word],
      },
      { parent: this, dependsOn: [this.database.ready, this.stack.door] },
    );
  }

  /** The plane's Realtime or its own, with the project as a tenant. */
  private createRealtime(): pulumi.Output<Endpoints> {
    const { services } = this.args.project;
    if (services.realtime === "off") return pulumi.output({});
    const server = services.realtime === "shared" ? this.args.plane.realtime! : this.createOwnRealtime();
    const { jwtSecret, jwks } = this.keys;
    const login = this.database.login("realtime");
    const tenant = server.tenant({ project: this.name, jwtSecret, jwks, login, ready: this.database.ready });
    return pulumi.all([server.endpoint(this.name), tenant.id]).apply(([realtime]) => ({ realtime }));
  }

  private createOwnRealtime(): RealtimeServer {
    const { project, server, postgres, images } = this.args;
    const { database } = this.database;
    return new RealtimeServer(
      `${this.name}-realtime`,
      {
        server,
        postgres,
        project: this.name,
        image: imageOf(images, project, "realtime"),
        network: this.stack.network,
        door: this.stack.door,
        memory: project.limits.memory.realtime,
        secret: (purpose) => this.keys.lastingSecret(purpose),
        metadata: {
          database: `supabase_realtime_${database}`,
          role: roleNames(this.name).realtime,
          password: this.keys.password("realtime"),
          after: [this.database.ready],
        },
        slotNameSuffix: database,
      },
      { parent: this },
    );
  }

  private createFragment(auth: docker.Container, rest: docker.Container, realtime: pulumi.Output<Endpoints>) {
    const { project, stack } = this.args;
    const fragment: pulumi.Output<ProjectFragment> = pulumi
      .all([auth.name, rest.name, realtime, this.stack.serve(this.served, this), this.keys.gateway])
      .apply(([authName, restName, ownRealtime, others, keys]) => ({
        name: this.name,
        hosts: projectHosts(project, stack),
        keys,
        services: {
          auth: { container: authName, port: AUTH_PORT },
          rest: { container: restName, port: REST_PORT },
          ...ownRealtime,
          ...others,
        },
      }));
    return this.stack.gateway.fragment(this.name, fragment);
  }

  /** The site comes last: until the gateway has the routes, the address is not there, which is better than an error. */
  private createRoute(fragment: pulumi.Resource): NginxRoute {
    const { project, stack, edge } = this.args;
    const { upstream, upstreamFile } = this.stack;
    return new NginxRoute(this.name, { edge, hosts: projectHosts(project, stack), upstream, after: [fragment, upstreamFile, ...this.certificates] }, { parent: this });
  }

  /** At the common host the plane's gateway sends the project's keys on; after its own site, which may have led there until now. */
  private forward(route: NginxRoute): void {
    const fragment: pulumi.Output<ProjectFragment> = pulumi
      .all([this.stack.gateway.container.name, this.keys.gateway])
      .apply(([container, keys]) => ({ name: this.name, hosts: [], keys, services: {}, gateway: { container, port: GATEWAY_PORT } }));
    this.args.plane.gateway.fragment(this.name, fragment, [route.site]);
  }

  private createStudio(): StudioOutputs | undefined {
    const { project, stack, server, networks, edge, images } = this.args;
    if (!project.services.studio) return undefined;
    const runs = { image: imageOf(images, project, "studio"), memory: project.limits.memory.studio, networks: [networks.edge, this.stack.studioNetwork] };
    return projectStudio({ served: this.served, stack, server, home: this.stack, edge, certificates: this.certificates, ...runs }, this);
  }

  private outputs(): ProjectOutputs {
    const { architecture, state, domains, purgeAfterDays, backups } = this.args.project;
    return {
      url: this.url,
      ...{ architecture, state, domains, purgeAfterDays, keep: backups.keep },
      database: this.database.database,
      anonKey: this.keys.anonKey,
      serviceRoleKey: this.keys.serviceRoleKey,
      publishableKey: this.keys.publishableKey,
      secretKey: this.keys.secretKey,
      jwtSecret: this.keys.jwtSecret,
      dbUrl: this.database.dbUrl,
    };
  }
}
