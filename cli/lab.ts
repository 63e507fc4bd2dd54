import { root } from "./layout.ts";
import type { Report } from "./report.ts";
import { runner } from "./run.ts";
import type { ChooseEngine } from "./steps/docker.ts";
import { hostToolsStep, IMAGE_TOOLS } from "./steps/hostTools.ts";

/** What test/lab gives where downloads are not to be had. Loaded only then: the product does without it (DESIGN §11). */
export interface Lab {
  /** Builds what of the engine is asked for, once, and returns the folder to have on PATH. */
  buildEngine(pieces: { cli: boolean; language: boolean; plugins: string[] }): Promise<{ binDir: string }>;
  /** Builds the images, once; returns the file that names them, for stack config `images`, and the services that are not upstream's program. */
  buildImages(): Promise<{ imagesFile: string; standIns: string[] }>;
}

const SLOW_MILLISECONDS = 1500;

/** What a builder says is worth a line when it takes a while; that all was there already is not. */
export async function saidWhenSlow<T>(report: Report, build: (log: (line: string) => void) => Promise<T>): Promise<T> {
  const early: string[] = [];
  let log = (line: string): void => void early.push(line);
  const timer = setTimeout(() => {
    for (const line of early) report.line(line);
    log = (line) => report.line(line);
  }, SLOW_MILLISECONDS);
  try {
    return await build((line) => log(line));
  } finally {
    clearTimeout(timer);
  }
}

export const lab = (report: Report): Lab => ({
  async buildEngine(pieces) {
    const { buildEngine } = await import("../test/lab/engine/build.ts");
    return saidWhenSlow(report, (log) => buildEngine(log, pieces));
  },
  async buildImages() {
    await hostToolsStep(report, runner(root, process.env), IMAGE_TOOLS);
    const { buildImages } = await import("../test/lab/images/build.ts");
    return saidWhenSlow(report, buildImages);
  },
});

/** The Docker Engine that tests start: a newer one where the installed one is old. Where there is none a line says why, and the old one will do. */
export const labDocker = (report: Report): ChooseEngine => async (installed) => {
  const { newerEngine } = await import("../test/lab/docker/engine.ts");
  try {
    const newer = await saidWhenSlow(report, (log) => newerEngine(installed, log));
    if (newer) report.line(`a newer Docker Engine than the installed one, with data of its own: dockerd ${newer.args.join(" ")}`);
    return newer;
  } catch (error) {
    report.line(`a newer Docker Engine can not be had, so tests are slower: ${(error as Error).message}`);
    return undefined;
  }
};
