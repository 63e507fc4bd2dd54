import type { Config } from "./config.ts";
import { errors } from "./errors.ts";

/** What a caller can ask of an image (src/storage/renderer/image.ts). */
export type Transform = {
  readonly width?: number;
  readonly height?: number;
  readonly resize?: string;
  readonly format?: string;
  readonly quality?: number;
  readonly gravity?: string;
  readonly x_offset?: number;
  readonly y_offset?: number;
};

type Limits = Pick<Config["image"], "minSize" | "maxSize">;

const RESIZE: Record<string, string> = { cover: "fill", contain: "fit", fill: "force" };

/** The options in imgproxy's words. */
export function segments(transform: Transform, limits: Limits): string[] {
  const { width, height, resize } = transform;
  const resizing = width || height ? [`resizing_type:${RESIZE[resize ?? ""] ?? "fill"}`] : [];
  return [...sizes(transform, limits), ...resizing, ...others(transform)];
}

/** The options in the words of a signed URL's token. */
export function keepTransformations(transform: Transform, limits: Limits): { transformations?: string; format?: string } {
  const { width, height, resize, format } = transform;
  const resizing = width || height ? [`resize:${resize}`] : [];
  const all = [...sizes(transform, limits), ...resizing, ...others(transform)].join(",");
  return { ...(all === "" ? {} : { transformations: all }), ...(format ? { format } : {}) };
}

/** What `keepTransformations` wrote. */
export function parseTransformations(text: string): Transform {
  const parts = text.split(",").map((part) => part.split(":"));
  const value = (name: string, place = 1): string | undefined => parts.find(([key]) => key === name)?.[place] || undefined;
  const number = (text: string | undefined) => (text === undefined || Number.isNaN(Number(text)) ? undefined : Number(text));
  return {
    height: number(value("height")), width: number(value("width")), quality: number(value("quality")),
    resize: value("resize"), format: value("format"), gravity: value("gravity"),
    x_offset: number(value("gravity", 2)), y_offset: number(value("gravity", 3)),
  };
}

function sizes({ width, height }: Transform, { minSize, maxSize }: Limits): string[] {
  const within = (size: number) => Math.min(Math.max(size, minSize), maxSize);
  return [...(height ? [`height:${within(height)}`] : []), ...(width ? [`width:${within(width)}`] : [])];
}

function others({ quality, format, ...rest }: Transform): string[] {
  return [...(quality ? [`quality:${quality}`] : []), ...(format && format !== "origin" ? [`format:${format}`] : []), ...gravityOf(rest)];
}

function gravityOf({ gravity, x_offset: x, y_offset: y }: Pick<Transform, "gravity" | "x_offset" | "y_offset">): string[] {
  if (!gravity) return [];
  if (gravity === "sm") return ["gravity:sm"];
  const isShare = (value: number | undefined) => value !== undefined && value >= 0 && value <= 1;
  if (gravity === "fp" && !(isShare(x) && isShare(y)))
    throw errors.invalidParameter("gravity", "Focal point requires x and y coordinates within 0-1 range");
  return [x === undefined && y === undefined ? `gravity:${gravity}` : `gravity:${gravity}:${x ?? 0}:${y ?? 0}`];
}
