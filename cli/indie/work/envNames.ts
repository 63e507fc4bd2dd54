// Under which names an app looks for its Supabase project: those of the frameworks' own guides.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { Stop } from "../../report.ts";
import type { Variables } from "../edit/envFile.ts";
import { type Framework, FRAMEWORKS } from "../frameworks.ts";
import type { StackProject } from "./outputs.ts";

interface Habits {
  /** What a variable's name begins with, so that the framework hands it to the browser. */
  prefix: string;
  /** Packages of which one is in the package.json of such an app. */
  packages: string[];
  /** The file that it reads, and that its template has git ignore. */
  file: ".env" | ".env.local";
}

/** In the order in which they are looked for: most of them bring Vite along. */
const HABITS: Record<Framework, Habits> = {
  next: { prefix: "NEXT_PUBLIC_", packages: ["next"], file: ".env.local" },
  // Nuxt reads no other file by itself.
  nuxt: { prefix: "NUXT_PUBLIC_", packages: ["nuxt", "@nuxtjs/supabase"], file: ".env" },
  expo: { prefix: "EXPO_PUBLIC_", packages: ["expo"], file: ".env.local" },
  svelte: { prefix: "PUBLIC_", packages: ["@sveltejs/kit"], file: ".env.local" },
  astro: { prefix: "PUBLIC_", packages: ["astro"], file: ".env.local" },
  vite: { prefix: "VITE_", packages: ["vite"], file: ".env.local" },
  plain: { prefix: "", packages: [], file: ".env" },
};

export const defaultFile = (framework: Framework): string => HABITS[framework].file;

type Keys = Pick<StackProject, "url" | "publishableKey" | "anonKey" | "secretKey" | "serviceRoleKey" | "dbUrl">;

/** For apps and browsers. */
export function publicVariables({ url, publishableKey, anonKey }: Keys, framework: Framework): Variables {
  const values = {
    SUPABASE_URL: url,
    SUPABASE_PUBLISHABLE_KEY: publishableKey,
    SUPABASE_ANON_KEY: anonKey,
    // The word of the module @nuxtjs/supabase.
    ...(framework === "nuxt" ? { SUPABASE_KEY: publishableKey } : {}),
  };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [HABITS[framework].prefix + name, value]));
}

/** Without a prefix, whatever the framework: with one it would hand them to every browser. */
export const secretVariables = ({ secretKey, serviceRoleKey, dbUrl }: Keys): Variables => ({
  SUPABASE_SECRET_KEY: secretKey,
  SUPABASE_SERVICE_ROLE_KEY: serviceRoleKey,
  DATABASE_URL: dbUrl,
});

/** All that there may be of a project in a file. */
export const allVariables = (keys: Keys): Variables =>
  Object.assign({}, ...FRAMEWORKS.map((framework) => publicVariables(keys, framework)), secretVariables(keys)) as Variables;

const Packages = z.record(z.string(), z.string()).default({});
const PackageJson = z.object({ dependencies: Packages, devDependencies: Packages });

/** From a package.json's text. @throws Error where it is none */
export function detectFramework(text: string): Framework {
  const { dependencies, devDependencies } = PackageJson.parse(JSON.parse(text));
  const names = new Set(Object.keys({ ...dependencies, ...devDependencies }));
  return FRAMEWORKS.find((framework) => HABITS[framework].packages.some((each) => names.has(each))) ?? "plain";
}

/** Of the app in a folder. @throws Stop where its package.json can not be read */
export function frameworkIn(folder: string): Framework {
  try {
    return detectFramework(readFileSync(join(folder, "package.json"), "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "plain";
    throw new Stop(`The package.json here can not be read. Say which names are wanted: --framework ${FRAMEWORKS.join("|")}`);
  }
}
