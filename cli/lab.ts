import type { Report } from "./report.ts";

/** What test/lab gives where downloads are not to be had. Loaded only then: the product does without it (DESIGN §11). */
export interface Lab {
  /** Builds what of the engine is asked for, once, and returns the folder to have on PATH. */
  buildEngine(pieces: { cli: boolean; language: boolean; plugins: string[] }): Promise<{ binDir: string }>;
  /** Builds the images, once, and returns the file that names them, for stack config `images`. */
  buildImages(): Promise<{ imagesFile: string }>;
}

export function lab(report: Report): Lab {
  const log = (line: string) => report.line(line);
  return {
    async buildEngine(pieces) {
      const { buildEngine } = await import("../test/lab/engine/build.ts");
      return buildEngine(log, pieces);
    },
    async buildImages() {
      const { buildImages } = await import("../test/lab/images/build.ts");
      return buildImages(log);
    },
  };
}
