// Upstream's own CLI: installed where the first migration needs it, at the version that ours are tested with. It is not among package.json's
// dependencies, because its program alone is 140 MB, which only who has migrations needs.
import { execa } from "execa";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** Of the npm package `supabase`. */
export const SUPABASE_VERSION = "3.1.0";

type Env = Record<string, string | undefined>;

/** Beside what else can be made again (cli/layout.ts). */
export const supabaseFolder = ({ XDG_CACHE_HOME, HOME }: Env): string =>
  join(XDG_CACHE_HOME?.startsWith("/") ? XDG_CACHE_HOME : join(HOME ?? homedir(), ".cache"), "indie-ventures", "supabase", SUPABASE_VERSION);

export type Installed = { program: string } | { why: string };

/** The program's file, to be run by node; or why there is none. Never throws. */
export async function installSupabase(env: Env = process.env): Promise<Installed> {
  const folder = supabaseFolder(env);
  const program = join(folder, "node_modules", "supabase", "dist", "supabase.js");
  if (existsSync(program)) return { program };
  try {
    await install(folder);
    return { program };
  } catch (error) {
    return { why: `the supabase CLI ${SUPABASE_VERSION} could not be installed by npm:\n${error instanceof Error ? lastLines(error) : String(error)}` };
  }
}

/** Whole or not at all: two updates may do it at one time, and one may be killed. */
async function install(folder: string): Promise<void> {
  await mkdir(join(folder, ".."), { recursive: true });
  const made = await mkdtemp(`${folder}-`);
  try {
    // No script of a package is run: none of these needs one.
    const options = ["--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--loglevel=error"];
    await execa("npm", ["install", ...options, "--prefix", made, `supabase@${SUPABASE_VERSION}`], { stdin: "ignore" });
    await rename(made, folder).catch((error: NodeJS.ErrnoException) => {
      // Another update was faster.
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

function lastLines(error: Error & { stderr?: unknown; shortMessage?: string }): string {
  const said = String(error.stderr ?? "").trim();
  return (said === "" ? (error.shortMessage ?? error.message) : said).split("\n").slice(0, 6).join("\n");
}
