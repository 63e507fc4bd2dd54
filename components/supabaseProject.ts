import * as pulumi from "@pulumi/pulumi";
import { type Project, projectHosts, projectUrl, type StackConfig } from "../spec/index.ts";
import type { Edge } from "./edge.ts";
import { NginxRoute } from "./nginxRoute.ts";
import type { PostgresServer } from "./postgresServer.ts";
import { ProjectDatabase } from "./projectDatabase.ts";
import { ProjectKeys } from "./projectKeys.ts";
import type { Server } from "./server/server.ts";
import { AUTH_HEALTHCHECK, AUTH_PORT, authEnvironment, isSignupPossible } from "./services/auth.ts";
import { REST_HEALTHCHECK, REST_PORT, restEnvironment } from "./services/rest.ts";
import { serviceContainer } from "./services/serviceContainer.ts";
import type { SharedSupabaseStack } from "./sharedSupabaseStack.ts";

export interface SupabaseProjectArgs {
  project: Project;
  stack: StackConfig;
  server: Server;
  postgres: PostgresServer;
  edge: Edge;
  /** The plane that serves it. */
  plane: SharedSupabaseStack;
  images: { auth: string; rest: string };
}

/** What `projects.<name>` of the stack's outputs holds. Keep it stable: other programs read it. */
export interface ProjectOutputs {
  url: string;
  architecture: Project["architecture"];
  domains: string[];
  database: string;
  anonKey: pulumi.Output<string>;
  serviceRoleKey: pulumi.Output<string>;
  publishableKey: pulumi.Output<string>;
  secretKey: pulumi.Output<string>;
  jwtSecret: pulumi.Output<string>;
  dbUrl: pulumi.Output<string>;
}

/**
 * One project: keys, database, its own auth and rest, its site. Everything here outlives a change of architecture, and so its URN
 * does not name one (DESIGN §13.9).
 */
export class SupabaseProject extends pulumi.ComponentResource {
  readonly projectOutputs: ProjectOutputs;
  private readonly args: SupabaseProjectArgs;
  private readonly name: string;
  private readonly url: string;
  private readonly keys: ProjectKeys;
  private readonly database: ProjectDatabase;

  constructor(args: SupabaseProjectArgs, opts?: pulumi.ComponentResourceOptions) {
    const { name } = args.project;
    super("indie-ventures:index:SupabaseProject", name, {}, opts);
    this.args = args;
    this.name = name;
    this.url = projectUrl(name, args.stack);
    this.keys = this.createKeys();
    this.database = this.createDatabase();
    const auth = this.createAuth();
    const rest = this.createRest();
    const fragment = this.createFragment({ auth: auth.name, rest: rest.name });
    this.createRoute(fragment);
    this.projectOutputs = this.outputs();
    this.registerOutputs({});
  }

  private createKeys(): ProjectKeys {
    const { project, stack } = this.args;
    return new ProjectKeys(
      this.name,
      { project: this.name, generation: project.keys.generation, protect: stack.protectData },
      { parent: this },
    );
  }

  private createDatabase(): ProjectDatabase {
    const { project, stack, server, postgres } = this.args;
    return new ProjectDatabase(
      this.name,
      {
        project: this.name,
        server,
        postgres,
        keys: this.keys,
        connections: project.limits.connections,
        protect: stack.protectData,
      },
      { parent: this },
    );
  }

  private createAuth() {
    const { project, stack } = this.args;
    const isLocalhost = stack.domain === "localhost";
    if (!isSignupPossible(project.auth, isLocalhost))
      pulumi.log.warn(
        `project "${this.name}": sign-up is off, because it has no auth.smtp to confirm an address with. Add auth.smtp in ${stack.projectsFile}.`,
        this,
      );
    const environment = pulumi
      .all([this.database.serviceUrl("authAdmin"), this.keys.jwtSecret, this.keys.jwtKeys, this.secrets()])
      .apply(([databaseUrl, jwtSecret, jwtKeys, { smtpPassword, externalSecrets }]) =>
        authEnvironment({ auth: project.auth, url: this.url, isLocalhost, databaseUrl, jwtSecret, jwtKeys, smtpPassword, externalSecrets }),
      );
    return this.createService("auth", environment, AUTH_HEALTHCHECK);
  }

  /** The secrets that projects.yaml names by `fromConfig`. */
  private secrets(): pulumi.Output<{ smtpPassword?: string; externalSecrets: Record<string, string> }> {
    const { smtp, external } = this.args.project.auth;
    const config = new pulumi.Config("indie-ventures");
    const externalSecrets = Object.fromEntries(
      Object.entries(external ?? {}).map(([provider, { secret }]) => [provider, config.requireSecret(secret.fromConfig)]),
    );
    const smtpPassword = smtp?.password === undefined ? undefined : config.requireSecret(smtp.password.fromConfig);
    return pulumi.all([smtpPassword, pulumi.all(externalSecrets)]).apply(([password, secrets]) => ({
      smtpPassword: password,
      externalSecrets: secrets,
    }));
  }

  private createRest() {
    const environment = pulumi
      .all([this.database.serviceUrl("authenticator"), this.keys.jwks])
      .apply(([databaseUrl, jwks]) => restEnvironment({ databaseUrl, jwks }));
    return this.createService("rest", environment, REST_HEALTHCHECK);
  }

  private createService(service: "auth" | "rest", environment: pulumi.Output<Record<string, string>>, healthcheck: string[]) {
    const { project, server, images, plane } = this.args;
    return serviceContainer(
      `${this.name}-${service}`,
      {
        server,
        service,
        project: this.name,
        image: images[service],
        networks: [{ name: plane.networks.plane.name }],
        envs: pulumi.secret(environment.apply(asList)),
        healthcheck,
        memory: project.limits.memory[service],
      },
      { parent: this, dependsOn: [this.database.ready] },
    );
  }

  private createFragment(containers: { auth: pulumi.Output<string>; rest: pulumi.Output<string> }) {
    const { project, stack, plane } = this.args;
    const fragment = pulumi
      .all([containers.auth, containers.rest, this.keys.gateway])
      .apply(([auth, rest, keys]) => ({
        name: this.name,
        hosts: projectHosts(project, stack),
        keys,
        services: { auth: { container: auth, port: AUTH_PORT }, rest: { container: rest, port: REST_PORT } },
      }));
    return plane.gateway.fragment(this.name, fragment);
  }

  /** The site comes last: until the gateway has the routes, the address is not there, which is better than an error. */
  private createRoute(fragment: pulumi.Resource): NginxRoute {
    const { project, stack, edge, plane } = this.args;
    return new NginxRoute(
      this.name,
      { edge, hosts: projectHosts(project, stack), upstream: plane.upstream, after: [fragment, plane.upstreamFile] },
      { parent: this },
    );
  }

  private outputs(): ProjectOutputs {
    const { project } = this.args;
    return {
      url: this.url,
      architecture: project.architecture,
      domains: project.domains,
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

const asList = (environment: Record<string, string>): string[] =>
  Object.entries(environment).map(([name, value]) => `${name}=${value}`);
