// Every image and its version: the self-hosted set that upstream tests together (facts/upstream.md §1.1). Nowhere else is one.
import { SourceFile } from "./document.ts";
import { nearest, quote } from "./error.ts";
import type { Project, ProjectService } from "./project.ts";
import type { Mistake } from "./report.ts";
import { type GatewayKind, isImagesFile } from "./stackConfig.ts";

export const IMAGES = {
  postgres: "supabase/postgres:17.6.1.136",
  auth: "supabase/gotrue:v2.196.0",
  rest: "postgrest/postgrest:v14.17",
  storage: "supabase/storage-api:v1.74.0",
  envoy: "envoyproxy/envoy:v1.39.1",
  nginx: "nginx:1.31.5",
  realtime: "supabase/realtime:v2.134.10",
  imgproxy: "darthsim/imgproxy:v3.31.4",
  meta: "supabase/postgres-meta:v0.99.0",
  studio: "supabase/studio:2026.09.07-sha-7996410",
  kong: "kong/kong:3.9.3",
} as const;

/** The git tag of supabase/supabase with this set in its own `docker/docker-compose.yml` (supabase/supabase#50172): for who leaves with a project. */
export const SELF_HOSTED = "self-hosted/v0.8.1";

export type ImageName = keyof typeof IMAGES;
export type Images = Record<ImageName, string> & {
  /** Of the backup container. @default built on the server, from images/backup */
  backup?: string;
  /** Of the container that gets certificates. @default built on the server, from images/acme */
  acme?: string;
};

/** Those that are ours: a file of images may name others, and need not. */
const BUILT = ["backup", "acme"] as const;
type BuiltName = (typeof BUILT)[number];
const NAMES = Object.keys(IMAGES) as ImageName[];

/** Docker's grammar of references: a registry's host, a path; then a tag, a digest or both. */
const REFERENCE =
  /^(?:[A-Za-z0-9][A-Za-z0-9.-]*(?::\d{1,5})?\/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*(?::(?<tag>\w[\w.-]{0,127}))?(?<digest>@sha256:[0-9a-f]{64})?$/;

/**
 * The images to run.
 *
 * @param override a registry's prefix, which is put before upstream's names as they are (`<prefix>/supabase/postgres:…`,
 *   `<prefix>/nginx:…`, without Docker Hub's `library/`); or the path of a YAML file that names every image. @default upstream's
 * @throws SpecError naming all mistakes of the file
 */
export function resolveImages(override: string | undefined, readFile: (path: string) => string): Images {
  if (override === undefined) return { ...IMAGES };
  if (isImagesFile(override)) return readImages(readFile(override), override);
  return Object.fromEntries(NAMES.map((name) => [name, `${override}/${IMAGES[name]}`])) as Images;
}

function readImages(text: string, file: string): Images {
  const source = new SourceFile(text, file);
  source.refuse([...source.mistakes, ...imageMistakes(source)]);
  return source.value as Images;
}

function imageMistakes(source: SourceFile): Mistake[] {
  const { value } = source;
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return [{ offset: 0, text: `the file must name the images → a line for each: ${NAMES.join(", ")}` }];
  const unknown = Object.keys(value).filter((key) => !isBuilt(key) && !NAMES.includes(key as ImageName));
  const images = value as Record<string, unknown>;
  return [
    ...unknown.map((key) => ({ offset: source.keyOffset([key]), text: `unknown image ${quote(key)} → ${meant(key)}` })),
    ...[...NAMES, ...BUILT.filter((name) => images[name] !== undefined)].flatMap((name) => {
      const text = imageMistake(name, images[name]);
      return text === undefined ? [] : [{ offset: source.offset([name]), text }];
    }),
  ];
}

const isBuilt = (key: string): key is BuiltName => (BUILT as readonly string[]).includes(key);

const meant = (key: string): string => {
  const name = nearest(key, NAMES);
  return name === undefined ? `known are ${NAMES.join(", ")}` : `did you mean ${name}?`;
};

function imageMistake(name: ImageName | BuiltName, value: unknown): string | undefined {
  const example = isBuilt(name) ? `registry.example.com/${name}:v1` : IMAGES[name];
  if (value === undefined) return `${name} is missing → write ${name}: and the image's name`;
  if (typeof value !== "string") return `${name} must be the name of an image → such as ${example}`;
  const reference = REFERENCE.exec(value)?.groups;
  if (reference === undefined) return `${name} ${quote(value)} is no name of an image → such as ${example}`;
  if (reference.digest === undefined && (reference.tag === undefined || reference.tag === "latest"))
    return `${name} ${quote(value)} names no version, and would be another image tomorrow → write a tag, such as ${example}`;
  return undefined;
}

/**
 * The image of a project's own service, in the project's version where it has one. A digest names one version, and so falls away with it.
 *
 * @param gateway which image is the gateway's. @default envoy
 */
export function imageOf(
  images: Images,
  { versions }: Pick<Project, "versions">,
  service: ProjectService,
  gateway: GatewayKind = "envoy",
): string {
  const image = images[service === "gateway" ? gateway : service];
  const version = versions[service];
  return version === undefined ? image : `${image.replace(/@.*$/, "").replace(/:[^:/]*$/, "")}:${version}`;
}
