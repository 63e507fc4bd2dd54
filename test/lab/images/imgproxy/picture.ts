import { readFile } from "node:fs/promises";
// @ts-ignore: its types are not among the program's packages, it is the image's own.
import { Jimp } from "jimp";
import { BadRequest, type Wanted } from "./source.ts";

export interface Picture {
  type: string;
  body: Buffer;
}

/** The picture as it is wanted. It is never made larger, as imgproxy by default. @throws ENOENT, BadRequest */
export async function picture(wanted: Wanted): Promise<Picture> {
  const source = await readFile(wanted.path);
  const image = await Jimp.fromBuffer(source).catch(() => {
    throw new BadRequest("Invalid source image");
  });
  if (image.width * image.height > wanted.maxResolution * 1e6) throw new BadRequest("Invalid source image: too large");
  resize(image, wanted);
  const type = wanted.format === undefined ? image.mime : `image/${wanted.format}`;
  return { type, body: await image.getBuffer(type, type === "image/jpeg" && wanted.quality !== undefined ? { quality: wanted.quality } : {}) };
}

function resize(image: { width: number; height: number; resize(size: object): void; cover(size: object): void }, { width, height, resizingType }: Wanted): void {
  if (width === 0 && height === 0) return;
  const [w, h] = [Math.min(width || image.width, image.width), Math.min(height || image.height, image.height)];
  if (resizingType === "force") return image.resize({ w, h });
  if (resizingType === "fill" && width > 0 && height > 0) return image.cover({ w, h });
  const factor = Math.min(width === 0 ? 1 : width / image.width, height === 0 ? 1 : height / image.height, 1);
  image.resize({ w: Math.max(1, Math.round(image.width * factor)), h: Math.max(1, Math.round(image.height * factor)) });
}
