import type { Lab } from "../lab.ts";
import { type Report, Stop } from "../report.ts";
import { lastWords, type Run, succeeded } from "../run.ts";

export interface ImagesArgs {
  report: Report;
  run: Run;
  /** Service → reference, as spec/images.ts has them. */
  images: Record<string, string>;
  /** Stack config `images`: the user's own choice, or the lab's file from an earlier run. */
  configured: unknown;
  /** Absent where stand-ins must not be used. */
  lab?: Lab;
}

export interface Images {
  standIns: string[];
  /** To be written into stack config `images`. @default nothing is */
  imagesFile?: string;
}

/** A pull that has not even begun by then will not: the engine retries a registry that it can not reach for a long time. */
const PROBE_SECONDS = 120;

async function missingImages(run: Run, references: string[]): Promise<string[]> {
  const missing: string[] = [];
  for (const reference of references)
    if (!succeeded(await run("docker", ["image", "inspect", "--format", "{{.Id}}", reference]))) missing.push(reference);
  return missing;
}

/** PostgREST's image is the smallest of the set by far: whether it can be pulled tells whether any can. */
const smallestFirst = (missing: string[], images: Record<string, string>): string[] =>
  [...missing].sort((left, right) => Number(right === images.rest) - Number(left === images.rest));

/** The name that the lab gives its file of image names (test/lab/images/keys.ts). */
export const isLabFile = (configured: unknown): boolean => typeof configured === "string" && /\/images-[0-9a-f]{12}\.yaml$/.test(configured);

/** The images of all services: local, or pulled; where no registry can be reached, the lab's, through stack config `images`. */
export function imagesStep({ report, run, images, configured, lab }: ImagesArgs): Promise<Images> {
  return report.step(async () => {
    // Stays: a Postgres of another build is not to be put on data that this one wrote.
    if (lab && isLabFile(configured)) return buildLabImages(lab);
    if (configured !== undefined)
      return { says: `images: ${JSON.stringify(configured)}, as the stack's config says`, result: { standIns: [] } };
    const references = [...new Set(Object.values(images))];
    const [first, ...others] = smallestFirst(await missingImages(run, references), images);
    if (first === undefined) return { says: `${references.length} images`, result: { standIns: [] } };
    const probe = await run("docker", ["pull", "--quiet", first], { timeoutSeconds: PROBE_SECONDS });
    if (!succeeded(probe)) {
      report.line(`\`docker pull ${first}\` failed: ${lastWords(probe, 1)}`);
      if (!lab) throw new Stop(NO_STAND_INS);
      return buildLabImages(lab);
    }
    for (const reference of others) {
      report.line(`pulling ${reference}`);
      const pulled = await run("docker", ["pull", "--quiet", reference]);
      if (!succeeded(pulled)) throw new Stop(`The image ${reference} can not be pulled:\n${lastWords(pulled, 5)}`);
    }
    return { says: `${references.length} images, ${others.length + 1} pulled`, result: { standIns: [] } };
  });
}

const NO_STAND_INS = `The images can not be pulled. The stand-ins that are built in that case are for trying and testing only, and this stack's \`domain\` is not localhost.`;

async function buildLabImages(lab: Lab): Promise<{ says: string; result: Images }> {
  const { imagesFile, standIns } = await lab.buildImages();
  return {
    says: "images: the lab's",
    result: { imagesFile, standIns: [`images of ${standIns.join(", ")} (those of other services hold the real programs, and are built here)`] },
  };
}
