import { createHash } from "node:crypto";

/** One file of what an image is made of. */
export interface ImageFile {
  /** Within the build, with `/`. */
  path: string;
  content: Uint8Array;
}

/** A file's mode in the image: a script says by its first line that it is one. */
export const fileMode = ({ content }: ImageFile): number => (Buffer.from(content).subarray(0, 2).toString() === "#!" ? 0o755 : 0o644);

export interface TagArgs {
  files: readonly ImageFile[];
  /** The base image's name with its tag; none for the first. */
  base?: string;
  /** The processor, as Node calls it: what is downloaded differs. */
  arch: string;
}

/** 12 hex digits that change whenever anything does that makes the image, its base included. */
export function imageTag({ files, base, arch }: TagArgs): string {
  const hash = createHash("sha256").update(JSON.stringify({ base: base ?? null, arch }));
  for (const file of files.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    // Lengths, so that no two lists of files read the same.
    hash.update(JSON.stringify({ path: file.path, size: file.content.length })).update(file.content);
  }
  return hash.digest("hex").slice(0, 12);
}

/** The name shows that it is a stand-in. */
export const imageName = (service: string, tag: string): string => `lab-${service}:${tag}`;

/** The saved image's file: a name without a colon. */
export const archiveFileName = (name: string): string => `${name.replace(":", "-")}.tar.zst`;

/** What stack config `images` takes: a name for each service. */
export function renderImagesFile(names: Record<string, string>): string {
  const lines = Object.keys(names)
    .toSorted()
    .map((service) => `${service}: ${names[service]}`);
  return [
    "# Images of the lab, built on this machine from package registries.",
    "# Stand-ins for trying and testing, NOT for production: without this file the product takes upstream's own images.",
    "# What each claims and lacks: CONTRACT.md beside its sources.",
    ...lines,
    "",
  ].join("\n");
}

/** A name of its own for each content: a stack that names one keeps what it had. */
export const imagesFileName = (content: string): string =>
  `images-${createHash("sha256").update(content).digest("hex").slice(0, 12)}.yaml`;
