import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ImageFile } from "./keys.ts";

const imagesFolder = fileURLToPath(new URL(".", import.meta.url));
export const standinsFolder = fileURLToPath(new URL("../standins/", import.meta.url));

/** What only the host can fetch: it has the clients of the registries, set up as its owner wants them. */
export type Artifact = "envoy" | "node" | "modules" | "standins";

export interface ImageDefinition {
  service: string;
  /** Service of the base image; none for what debootstrap makes. */
  base?: string;
  artifact?: Artifact;
  /** A folder of the product whose files are in the image too. */
  product?: string;
  /** Whether the product runs it, so that the images file names it. */
  isForProduct: boolean;
  /** Ours, in the place of upstream's program. @default it is the real program */
  isStandIn?: boolean;
}

const definitions: ImageDefinition[] = [
  { service: "base", isForProduct: false },
  { service: "postgres", base: "base", isForProduct: true },
  { service: "nginx", base: "base", isForProduct: true },
  { service: "envoy", base: "base", artifact: "envoy", isForProduct: true },
  { service: "node", base: "base", artifact: "node", isForProduct: false },
  { service: "auth", base: "node", artifact: "standins", isForProduct: true, isStandIn: true },
  { service: "rest", base: "node", artifact: "standins", isForProduct: true, isStandIn: true },
  { service: "realtime", base: "node", artifact: "standins", isForProduct: true, isStandIn: true },
  { service: "storage", base: "node", artifact: "standins", isForProduct: true, isStandIn: true },
  { service: "imgproxy", base: "node", artifact: "modules", isForProduct: true, isStandIn: true },
  { service: "meta", base: "node", artifact: "modules", isForProduct: true },
  { service: "studio", base: "node", isForProduct: true, isStandIn: true },
  { service: "backup", base: "node", artifact: "modules", product: "images/backup", isForProduct: true },
  { service: "acme", base: "node", product: "images/acme", isForProduct: true },
];

/** Every image that can be built: a stand-in's service must have its main.ts. */
export const buildableImages = (): ImageDefinition[] =>
  definitions.filter(({ service, artifact }) => artifact !== "standins" || existsSync(join(standinsFolder, service, "main.ts")));

/** Documents and tests change no image. */
const isPart = (path: string): boolean => !/\.(md|d\.ts|test\.ts)$/.test(path) && !path.includes("node_modules");

function filesUnder(folder: string, prefix: string): ImageFile[] {
  return globSync("**/*", { cwd: folder })
    .filter((path) => isPart(path) && statSync(join(folder, path)).isFile())
    .map((path) => ({ path: prefix + path, content: readFileSync(join(folder, path)) }));
}

/** The files that an image is built from, as they lie in the build. */
export function imageFiles({ service, artifact, product }: ImageDefinition): ImageFile[] {
  const products = product === undefined ? [] : filesUnder(fileURLToPath(new URL(`../../../${product}/`, import.meta.url)), "");
  // The lab's own Dockerfile in the place of the product's.
  const own = [...products.filter(({ path }) => path !== "Dockerfile"), ...filesUnder(join(imagesFolder, service), "")];
  if (artifact !== "standins") return own;
  const packages = ["package.json", "package-lock.json"].map((path) => ({
    path: `standins/${path}`,
    content: readFileSync(join(standinsFolder, path)),
  }));
  const shared = filesUnder(join(standinsFolder, "lib"), "standins/lib/");
  return [...own, ...packages, ...shared, ...filesUnder(join(standinsFolder, service), `standins/${service}/`)];
}
