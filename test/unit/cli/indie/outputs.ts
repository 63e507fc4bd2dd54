import { ok } from "../fakeRun.ts";

/** A project as the stack's outputs have it. */
export const stackProject = (name: string, more: object = {}) => ({
  url: `http://${name}.localhost`,
  architecture: "shared",
  state: "present",
  domains: [],
  database: name,
  publishableKey: `sb_publishable_${name}`,
  secretKey: `sb_secret_${name}`,
  anonKey: `${name}-anon`,
  serviceRoleKey: `${name}-service`,
  jwtSecret: `${name}-jwt`,
  dbUrl: `postgresql://${name}_owner:password@127.0.0.1:5432/${name}`,
  backups: { provenBackups: 1 },
  ...more,
});

export const STUDIO = { url: "http://studio.shop.localhost", user: "supabase", password: "studio-password" };

/** What `pulumi stack output --json` prints. */
export const outputs = (projects: Record<string, object>) =>
  ok(JSON.stringify({ projects, projectNames: Object.keys(projects), protectData: false }));
