import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { IMAGES } from "../../../spec/images.ts";
import { addArtifact } from "./artifacts.ts";
import { cached, cachedText, cacheFolder, dropOldArchives, withWorkFolder } from "./cache.ts";
import { buildableImages, type ImageDefinition, imageFiles } from "./definitions.ts";
import { buildImage, checkEngine, hasImage, importImage, loadImage, saveImage } from "./docker.ts";
import { archiveFileName, fileMode, type ImageFile, imageName, imagesFileName, imageTag, renderImagesFile } from "./keys.ts";
import { withLock } from "./lock.ts";

type Log = (line: string) => void;

interface Image extends ImageDefinition {
  name: string;
  baseName?: string;
  files: ImageFile[];
}

/** Names follow from content alone, so they are known before anything is built. */
function nameImages(definitions: readonly ImageDefinition[]): Map<string, Image> {
  const images = new Map<string, Image>();
  // A base stands before what is built on it.
  for (const definition of definitions) {
    const files = imageFiles(definition);
    const baseName = definition.base === undefined ? undefined : images.get(definition.base)?.name;
    const name = imageName(definition.service, imageTag({ files, base: baseName, arch: process.arch }));
    images.set(definition.service, { ...definition, name, baseName, files });
  }
  return images;
}

async function timed<T>(log: Log, step: string, run: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await run();
  log(`${step} in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return result;
}

async function build(image: Image): Promise<void> {
  const { name, service, baseName, files, artifact } = image;
  await withWorkFolder(async (folder) => {
    for (const file of files) {
      await mkdir(dirname(join(folder, file.path)), { recursive: true });
      await writeFile(join(folder, file.path), file.content);
      // What the checkout's umask made of it changes no image.
      await chmod(join(folder, file.path), fileMode(file));
    }
    if (baseName === undefined) return importImage(name, service, join(folder, "make.sh"));
    if (artifact !== undefined) await addArtifact(artifact, files, folder);
    await buildImage(name, service, baseName, folder);
  });
}

/** From the cache into the engine. A copy that can not be loaded is thrown away: it is made anew. */
async function loadFromCache(name: string, archive: string, log: Log): Promise<void> {
  try {
    await timed(log, `${name}: loaded`, () => loadImage(archive));
  } catch (error) {
    log(`${name}: the kept copy can not be loaded, so it is made anew: ${(error as Error).message}`);
    await rm(archive, { force: true });
  }
}

/** From the engine, else from the cache, else built; and kept in the cache. */
async function ensureImage(image: Image, ensureBase: () => Promise<void>, log: Log): Promise<void> {
  const { name, service } = image;
  const archive = join(cacheFolder(), archiveFileName(name));
  if (!(await hasImage(name)) && existsSync(archive)) await loadFromCache(name, archive, log);
  if (!(await hasImage(name))) {
    await ensureBase();
    await timed(log, `${name}: built`, () => build(image));
  }
  if (!existsSync(archive)) {
    await timed(log, `${name}: saved`, () => cached(archive, (path) => saveImage(name, path)));
    await dropOldArchives(service);
  }
}

export interface LabImages {
  /** The path of a file that stack config `images` can name. */
  imagesFile: string;
  /** The services whose program is ours and not upstream's. */
  standIns: string[];
}

/** The lab has nothing that stands for these: a stack that asks for one needs upstream's registry. */
const UPSTREAM_ONLY = { kong: IMAGES.kong };

async function ensureImages(log: Log): Promise<LabImages> {
  await checkEngine();
  const images = nameImages(buildableImages());
  const running = new Map<string, Promise<void>>();
  const ensure = (service: string): Promise<void> => {
    const image = images.get(service);
    if (image === undefined) throw new Error(`lab images: no image of ${service}`);
    const ensureBase = async () => {
      if (image.base !== undefined) await ensure(image.base);
    };
    const promise = running.get(service) ?? ensureImage(image, ensureBase, log);
    running.set(service, promise);
    return promise;
  };
  const wanted = [...images.values()].filter(({ isForProduct }) => isForProduct);
  await Promise.all(wanted.map(({ service }) => ensure(service)));

  const text = renderImagesFile({ ...UPSTREAM_ONLY, ...Object.fromEntries(wanted.map(({ service, name }) => [service, name])) });
  const imagesFile = await cachedText(join(cacheFolder(), imagesFileName(text)), text);
  return { imagesFile, standIns: wanted.flatMap(({ service, isStandIn }) => (isStandIn ? [service] : [])) };
}

/**
 * Makes the lab's images be in the Docker Engine: those that are there stay, those in the cache are loaded, the others built. Two
 * that run at once take turns. Deletes no image; of the copies in the cache the newest few of each service stay.
 * @param log gets one line per step, with its seconds
 */
export const buildImages = (log: Log): Promise<LabImages> =>
  withLock("indie-ventures-lab-images", () => log("another build of the lab's images runs: waiting for it"), () => ensureImages(log));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { imagesFile } = await buildImages((line) => process.stderr.write(`${line}\n`));
  process.stdout.write(`${imagesFile}\n`);
}
