import { lab } from "./lab.ts";
import { stateDir } from "./layout.ts";
import { type Report, reporter } from "./report.ts";
import { runner } from "./run.ts";
import { root } from "./layout.ts";
import { dockerStep } from "./steps/docker.ts";
import { PLUGINS, ToolEnvironment } from "./tools.ts";

export interface LabEnvironment {
  /** What `pulumi` and `docker` are to be run with: PATH and all. No backend and no passphrase: each test has its own. */
  env: Record<string, string>;
  /** For stack config `images`; undefined with `LAB_IMAGES=upstream`: then the official ones are used. */
  imagesFile: string | undefined;
}

/** Variables of Pulumi's that would let the user's own state or options into a test. */
const FOREIGN = /^PULUMI_(?!SKIP_UPDATE_CHECK$|RUN_PROGRAM$)/;

const quiet: Report = reporter(() => {});

/**
 * The world that tests run in: real engine, real Docker, the lab's plugins and images (DESIGN §11). Builds what is missing, which takes
 * minutes once; `npm test` has done it before the first test starts.
 */
export async function labEnvironment(report: Report = quiet): Promise<LabEnvironment> {
  const callers = Object.fromEntries(Object.entries(process.env).filter(([name]) => !FOREIGN.test(name)));
  const tools = new ToolEnvironment(callers);
  const { buildEngine, buildImages } = lab(report);
  tools.set(await dockerStep(report, runner(root, tools.env), tools.env, stateDir(tools.env)));
  const { binDir } = await report.step(async () => ({
    says: `engine: pulumi, language host, plugins ${PLUGINS.join(", ")} of the lab`,
    result: await buildEngine({ cli: true, language: true, plugins: PLUGINS }),
  }));
  tools.before(binDir);
  tools.set({ PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" });
  const imagesFile =
    process.env.LAB_IMAGES === "upstream"
      ? undefined
      : await report.step(async () => ({ says: "images of the lab", result: (await buildImages()).imagesFile }));
  const env = Object.entries(tools.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { env: Object.fromEntries(env), imagesFile };
}
