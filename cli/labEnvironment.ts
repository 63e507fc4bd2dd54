import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { IMAGES } from "../spec/images.ts";
import { lab, labDocker } from "./lab.ts";
import { root, stateDir } from "./layout.ts";
import { type Report, reporter } from "./report.ts";
import { runner } from "./run.ts";
import { dockerStep } from "./steps/docker.ts";
import { PLUGINS, ToolEnvironment } from "./tools.ts";

export interface LabEnvironment {
  /** What `pulumi` and `docker` are to be run with: PATH and all. No backend and no passphrase: each test has its own. */
  env: Record<string, string>;
  /** For stack config `images`: the lab's; with `LAB_IMAGES=upstream` a file that names the official ones. */
  imagesFile: string;
}

/** Variables of Pulumi's that would let the user's own state or options into a test. */
const FOREIGN = /^PULUMI_(?!SKIP_UPDATE_CHECK$|RUN_PROGRAM$)/;

function writeUpstreamImages(): string {
  const file = join(root, ".indie", "upstream-images.yaml");
  writeFileSync(file, stringify(IMAGES));
  return file;
}

const quiet: Report = reporter(() => {});

/**
 * The world that tests run in: real engine, real Docker, the lab's plugins and images (DESIGN §11). Builds what is missing, which takes
 * minutes once; `npm test` has done it before the first test starts.
 */
export async function labEnvironment(report: Report = quiet): Promise<LabEnvironment> {
  const callers = Object.fromEntries(Object.entries(process.env).filter(([name]) => !FOREIGN.test(name)));
  const tools = new ToolEnvironment(callers);
  const { buildEngine, buildImages } = lab(report);
  tools.set(await dockerStep(report, runner(root, tools.env), tools.env, stateDir(tools.env), labDocker(report)));
  const { binDir } = await report.step(async () => ({
    says: `engine: pulumi, language host, plugins ${PLUGINS.join(", ")} of the lab`,
    result: await buildEngine({ cli: true, language: true, plugins: PLUGINS }),
  }));
  tools.before(binDir);
  tools.set({ PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" });
  const imagesFile =
    process.env.LAB_IMAGES === "upstream"
      ? writeUpstreamImages()
      : await report.step(async () => ({ says: "images of the lab", result: (await buildImages()).imagesFile }));
  const env = Object.entries(tools.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { env: Object.fromEntries(env), imagesFile };
}
