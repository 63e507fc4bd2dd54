/** The words that `architecture` knows. */
export const ARCHITECTURES = ["shared", "isolated"] as const;

/** The words that `state` knows. */
export const STATES = ["present", "suspended", "removed"] as const;

/** The services that a project may have of its own. Which it has: capacity.ts. */
export const PROJECT_SERVICES = ["auth", "rest", "realtime", "storage", "imgproxy", "meta", "studio", "gateway"] as const;
export type ProjectService = (typeof PROJECT_SERVICES)[number];

/** A secret by the key that it has in the stack's config; never the secret itself. */
export interface SecretReference {
  /** `pulumi config set --secret <fromConfig>` sets it. */
  fromConfig: string;
}

export interface Smtp {
  /** The mail server's host name or address. */
  host: string;
  /** @default 587 */
  port: number;
  /** @default none: the mail server is used without a login */
  user?: string;
  /** There exactly if `user` is. @default none */
  password?: SecretReference;
  /** The address that mails come from. */
  adminEmail: string;
  /** The name that mails come from. @default none */
  senderName?: string;
}

export interface ExternalProvider {
  clientId: string;
  secret: SecretReference;
}

export interface ProjectAuth {
  /** Where users land after mails and logins. @default the project's own address */
  siteUrl?: string;
  /** Where else they may be sent to: URLs with GoTrue's `*` and `**`. @default none */
  uriAllowList?: string[];
  /** @default false where an address can be confirmed (DESIGN §2) */
  disableSignup?: boolean;
  /** @default no mails */
  smtp?: Smtp;
  /** Login providers, by GoTrue's name for them. @default none */
  external?: Record<string, ExternalProvider>;
}

/** A project of `projects.yaml`, checked, with every default filled in. Plain data. */
export interface Project {
  /** Its identity for ever. */
  name: string;
  architecture: (typeof ARCHITECTURES)[number];
  /**
   * Suspended: its services do not run, its address says so, everything else is kept. Removed: nobody gets in, its last backup is made and proven,
   * and what is left is deleted after {@link purgeAfterDays}. @default present
   */
  state: (typeof STATES)[number];
  /** Days from its last backup until what is left of a removed project is deleted. @default 14 */
  purgeAfterDays: number;
  /** Hosts besides its own one: small letters, punycode. @default [] */
  domains: string[];
  keys: {
    /** One more makes all keys of the project new. @default 1 */
    generation: number;
  };
  auth: ProjectAuth;
  services: {
    /** The plane's, one of its own, or none. An isolated project has its own unless it is off. @default shared in a shared project */
    realtime: "shared" | "dedicated" | "off";
    /** Whether a Studio (and with it postgres-meta) runs for it now. */
    studio: boolean;
  };
  backups: {
    /** When, as cron writes it, in UTC. @default every night at 3; undefined: only by hand */
    schedule?: string;
    /** How many are kept: the last of so many days, weeks, months. @default 7, 4, 6 */
    keep: { daily: number; weekly: number; monthly: number };
  };
  /** What the supabase CLI applies to its database. @default nothing */
  migrations?: {
    /** From the folder of Pulumi.yaml. */
    folder: string;
    /** In the order in which they are applied. */
    files: string[];
  };
  /** Tags of the project's own services in place of the set's. @default none */
  versions: Partial<Record<ProjectService, string>>;
  limits: {
    /** Postgres connections: at most so many for each role and for the database. @default 50 */
    connections: number;
    /** MB, for each service; of those that are the plane's it has no meaning. @default DEFAULT_MEMORY (capacity.ts) */
    memory: Record<ProjectService, number>;
  };
}
