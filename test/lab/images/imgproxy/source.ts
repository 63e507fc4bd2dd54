// What a URL of imgproxy asks for (docs.imgproxy.net, "Processing an image"), as far as Supabase Storage asks it.
import { join, normalize } from "node:path/posix";

/** What this stand-in has not. */
export class Lacks extends Error {}
/** A URL that imgproxy would refuse too. */
export class BadRequest extends Error {}

export interface Wanted {
  /** The file's path. */
  path: string;
  width: number;
  height: number;
  resizingType: "fit" | "fill" | "force";
  /** 1 to 100. */
  quality?: number;
  format?: "png" | "jpeg";
  /** Pixels, in millions. */
  maxResolution: number;
}

const FORMATS: Record<string, Wanted["format"]> = { png: "png", jpg: "jpeg", jpeg: "jpeg" };

function formatOf(text: string): Wanted["format"] {
  const format = FORMATS[text];
  if (format === undefined) throw new Lacks(`the format ${text}`);
  return format;
}

function number(text: string | undefined): number {
  if (text === undefined || !/^\d+(?:\.\d+)?$/.test(text)) throw new BadRequest("Invalid URL: a number is expected");
  return Number(text);
}

/** @param url path of the request: a signature, options, `plain`, the source */
export function parseUrl(url: string, root: string, maxResolution: number): Wanted {
  const [, before, source] = /^\/[^/]+(\/.*)?\/plain\/(.+)$/.exec(url) ?? [];
  if (source === undefined) throw new Lacks("a URL without `plain`");
  const [, encoded, extension] = /^local:\/\/\/(.+?)(?:@([a-z]+))?$/.exec(source) ?? [];
  if (encoded === undefined) throw new Lacks("a source that is not local");
  // Whatever it climbs, it stays below the root, as of Go's http.Dir.
  const wanted: Wanted = { path: join(root, normalize(`/${decodeURIComponent(encoded)}`)), width: 0, height: 0, resizingType: "fit", maxResolution };
  if (extension !== undefined) wanted.format = formatOf(extension);
  for (const option of (before ?? "").split("/").filter(Boolean)) apply(wanted, option.split(":"));
  return wanted;
}

function apply(wanted: Wanted, [name, value]: string[]): void {
  if (name === "width") wanted.width = number(value);
  else if (name === "height") wanted.height = number(value);
  else if (name === "quality") wanted.quality = number(value);
  else if (name === "format") wanted.format = formatOf(value ?? "");
  else if (name === "max_src_resolution") wanted.maxResolution = number(value);
  else if (name === "resizing_type" && (value === "fit" || value === "fill" || value === "force")) wanted.resizingType = value;
  else throw new Lacks(`the option ${name}:${value}`);
}
