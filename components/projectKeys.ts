import * as pulumi from "@pulumi/pulumi";
import jwt from "jsonwebtoken";
import { hkdfSync, randomBytes } from "node:crypto";

/** 2026-01-01T00:00:00Z and ten years on. Fixed, so that a key never changes by itself (DESIGN §6). */
const ISSUED_AT = 1_767_225_600;
const EXPIRES_AT = ISSUED_AT + 10 * 365 * 24 * 3600;

/** 32 bytes that belong to one purpose and one generation alone. */
export function derive(seed: string, label: string, generation: number): Buffer {
  return Buffer.from(hkdfSync("sha256", Buffer.from(seed, "base64"), "", `indie-ventures:${label}:${generation}`, 32));
}

/** A key in upstream's form: HS256 with role, iss, iat, exp (facts/upstream.md §3). */
export function apiKey(jwtSecret: string, role: "anon" | "service_role"): string {
  return jwt.sign({ role, iss: "supabase", iat: ISSUED_AT, exp: EXPIRES_AT }, jwtSecret, { algorithm: "HS256" });
}

/**
 * 32 secret bytes that stay for ever. A Stash, because the id of a RandomBytes is its value in plain state (DESIGN §13.2); it
 * keeps its first value, whatever the program offers later.
 */
export function seed(name: string, opts: pulumi.CustomResourceOptions): pulumi.Output<string> {
  const input = pulumi.secret(randomBytes(32).toString("base64"));
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
}

/** Everything secret of one project, derived from one seed (DESIGN §6). All outputs are secrets. */
export class ProjectKeys extends pulumi.ComponentResource {
  readonly jwtSecret: pulumi.Output<string>;
  readonly anonKey: pulumi.Output<string>;
  readonly serviceRoleKey: pulumi.Output<string>;
  private readonly seed: pulumi.Output<string>;
  private readonly generation: number;

  constructor(name: string, args: ProjectKeysArgs, opts?: pulumi.ComponentResourceOptions) {
    super("indie-ventures:index:ProjectKeys", name, {}, opts);
    this.generation = args.generation;
    this.seed = seed(`${name}-seed`, { parent: this, protect: args.protect });
    this.jwtSecret = this.seed.apply((value) => derive(value, "jwt-secret", args.generation).toString("base64url"));
    this.anonKey = this.jwtSecret.apply((secret) => apiKey(secret, "anon"));
    this.serviceRoleKey = this.jwtSecret.apply((secret) => apiKey(secret, "service_role"));
    this.registerOutputs({});
  }

  /** The password of a login role. Hexadecimal, so that it needs no quoting in a URL. */
  password(role: string): pulumi.Output<string> {
    return this.seed.apply((value) => derive(value, `password:${role}`, this.generation).toString("hex"));
  }
}
