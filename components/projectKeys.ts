import * as pulumi from "@pulumi/pulumi";
import { randomBytes } from "node:crypto";
import { upCommand } from "../images/backup/stackOption.ts";
import type { GatewayKeys } from "./gateway/decisions.ts";
import { apiKey, apiToken, derive, opaqueKey, renderJwks, renderJwtKeys, signingKey } from "./keys/derive.ts";

/**
 * 32 secret bytes that stay for ever. A Stash, because the id of a RandomBytes is its value in plain state (DESIGN §13.2); it
 * keeps its first value, whatever the program offers later.
 *
 * @param initial a seed that a backup brought. Secret. @default a new one
 */
export function seed(name: string, opts: pulumi.CustomResourceOptions, initial?: pulumi.Output<string>): pulumi.Output<string> {
  const input = pulumi.secret(initial ?? randomBytes(32).toString("base64"));
  const stash = new pulumi.Stash(
    name,
    { input },
    { ...opts, ignoreChanges: ["input"], additionalSecretOutputs: ["input", "output"] },
  );
  return pulumi.secret(stash.output as pulumi.Output<string>);
}

export interface ProjectKeysArgs {
  /** The project's name. */
  project: string;
  /** Counts up to rotate every key of the project. */
  generation: number;
  protect: boolean;
  /** The seed as the server knows it: what a state that has lost it begins with. Secret. @default a new one */
  seedOnServer?: string;
}

/**
 * @param seedOnServer undefined: the server knows none (yet)
 * @throws RunError where the state would make every key of a project that is there another one
 */
export function requireSame({ project, stack }: { project: string; stack: string }, seed: string, seedOnServer: string | undefined): string {
  if (seedOnServer === undefined || seed === seedOnServer) return seed;
  throw new pulumi.RunError(
    `"${project}": Pulumi's state has another seed of its keys than the server, as after it was taken out of the state and made anew. Nothing was changed:
with that one every key and password of the project would be another. To go on with the server's: \`pulumi state delete --force --target-dependents\`
with the URN of ${project}-seed (pulumi stack --show-urns), then ${upCommand(stack)} (docs/recovery.md, "When something was taken out of the state").`,
  );
}

/** Everything secret of one project, derived from one seed (DESIGN §6). All outputs are secrets. */
export class ProjectKeys extends pulumi.ComponentResource {
  readonly jwtSecret: pulumi.Output<string>;
  /** Legacy keys: JWTs of {@link jwtSecret}. */
  readonly anonKey: pulumi.Output<string>;
  readonly serviceRoleKey: pulumi.Output<string>;
  /** Their successors, opaque. */
  readonly publishableKey: pulumi.Output<string>;
  readonly secretKey: pulumi.Output<string>;
  /** All that opens the gateway, and the ES256 tokens that it puts in the place of the opaque keys. */
  readonly gateway: pulumi.Output<GatewayKeys>;
  /** JSON for who signs users' tokens. */
  readonly jwtKeys: pulumi.Output<string>;
  /** JSON for who checks them. */
  readonly jwks: pulumi.Output<string>;
  /** All of them follow from it. Secret. */
  readonly seed: pulumi.Output<string>;
  private readonly generation: number;

  constructor(name: string, args: ProjectKeysArgs, opts?: pulumi.ComponentResourceOptions) {
    super("indie-ventures:index:ProjectKeys", name, {}, opts);
    this.generation = args.generation;
    this.seed = this.createSeed(name, args);
    this.jwtSecret = this.derived("jwt-secret", (bytes) => bytes.toString("base64url"));
    this.anonKey = this.jwtSecret.apply((secret) => apiKey(secret, "anon"));
    this.serviceRoleKey = this.jwtSecret.apply((secret) => apiKey(secret, "service_role"));
    this.publishableKey = this.derived("publishable-key", (bytes) => opaqueKey("sb_publishable_", bytes));
    this.secretKey = this.derived("secret-key", (bytes) => opaqueKey("sb_secret_", bytes));
    const key = this.seed.apply((value) => signingKey(derive(value, "es256", args.generation, 48), derive(value, "es256-kid", args.generation)));
    this.gateway = pulumi
      .all([this.anonKey, this.serviceRoleKey, this.publishableKey, this.secretKey, key])
      .apply(([anonKey, serviceRoleKey, publishableKey, secretKey, value]) => ({
        anonKey,
        serviceRoleKey,
        publishableKey,
        publishableToken: apiToken(value, "anon"),
        secretKey,
        secretToken: apiToken(value, "service_role"),
      }));
    this.jwtKeys = pulumi.all([key, this.jwtSecret]).apply(([value, secret]) => renderJwtKeys(value, secret));
    this.jwks = pulumi.all([key, this.jwtSecret]).apply(([value, secret]) => renderJwks(value, secret));
    this.registerOutputs({});
  }

  /** One that a backup brought (`indie seeds` sets it, DESIGN §13.2), or the server's own, where the state has none. */
  private createSeed(name: string, { project, protect, seedOnServer }: ProjectKeysArgs): pulumi.Output<string> {
    const restored = new pulumi.Config("indie-ventures").getSecret(`seeds.${project}`);
    const known = restored ?? (seedOnServer === undefined ? undefined : pulumi.secret(seedOnServer));
    return seed(`${name}-seed`, { parent: this, protect }, known).apply((value) => (restored === undefined ? requireSame({ project, stack: pulumi.getStack() }, value, seedOnServer) : value));
  }

  /** The password of a login role. Hexadecimal, so that it needs no quoting in a URL. */
  password(role: string): pulumi.Output<string> {
    return this.secret(`password:${role}`);
  }

  /** 64 hexadecimal characters for another purpose. */
  secret(purpose: string): pulumi.Output<string> {
    return this.derived(purpose, (bytes) => bytes.toString("hex"));
  }

  /** The same for what nobody but its service has: a rotation has no reason to change it, and what it encrypted stays readable. */
  lastingSecret(purpose: string): pulumi.Output<string> {
    return this.derived(purpose, (bytes) => bytes.toString("hex"), 1);
  }

  private derived(label: string, form: (bytes: Buffer) => string, generation = this.generation): pulumi.Output<string> {
    return this.seed.apply((value) => form(derive(value, label, generation)));
  }
}
