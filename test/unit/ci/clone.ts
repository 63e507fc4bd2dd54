// A clone as a runner checks it out, with a gh, a pulumi and a docker that are fakes, and the steps of the workflows run in it as processes.
import { execa } from "execa";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../../cli/layout.ts";
import { packageVersion, PLUGINS } from "../../../cli/tools.ts";
import { wrapper } from "../../lab/engine/build/wrapper.ts";
import { read } from "../../lib/previews/recorded.ts";

const NEEDED = ["cli", "components", "images", "spec", "policy", "package.json", "Pulumi.prod.yaml", "Pulumi.yaml"];

/** The secrets that the workflow gives to the plan. */
export const SECRETS = {
  PULUMI_BACKEND_URL: "s3://state-of-acme-9f2c?region=eu-central-1",
  PULUMI_CONFIG_PASSPHRASE: "correct horse battery staple",
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};

/** As GitHub sets them, with what the workflow gives to all of a job. */
const RUNNER = { CI: "true", GITHUB_ACTIONS: "true", RUNNER_ENVIRONMENT: "self-hosted", GITHUB_REPOSITORY: "acme/server", GITHUB_SERVER_URL: "https://github.com", GITHUB_RUN_ID: "42", INDIE_STACK: "prod", DOCKER_HOST: "" };
const COMMENT = { GH_TOKEN: "ghs_16C7e42F292c6912E7710c838347Ae178B4a", PULL_REQUEST: "7", COMMIT: "0123456789abcdef0123456789abcdef01234567" };

export class Clone {
  readonly folder = mkdtempSync(join(tmpdir(), "indie-ci-"));
  readonly fakes = join(this.folder, "fakes");
  readonly bin = join(this.folder, "bin");
  readonly summary = join(this.folder, "summary.md");

  constructor() {
    for (const name of NEEDED) cpSync(join(root, name), join(this.folder, name), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(this.folder, "node_modules"));
    mkdirSync(this.bin);
    const fakes = join(import.meta.dirname, "fakes");
    writeFileSync(join(this.bin, "gh"), wrapper(process.execPath, join(fakes, "gh.ts")));
    for (const name of ["pulumi", "docker"]) cpSync(join(fakes, `${name}.sh`), join(this.bin, name));
    for (const name of readdirSync(this.bin)) chmodSync(join(this.bin, name), 0o755);
    const plugins = PLUGINS.map((name) => ({ name, kind: "resource", version: packageVersion(`@pulumi/${name}`) }));
    writeFileSync(join(this.bin, "plugins.json"), JSON.stringify(plugins));
    writeFileSync(join(this.bin, "version"), `v${packageVersion("@pulumi/pulumi")}\n`);
    this.reset();
  }

  /** Another run of another pull request. */
  reset(): void {
    for (const path of [this.fakes, this.summary, join(this.folder, "runner")]) rmSync(path, { recursive: true, force: true });
    for (const path of [this.fakes, join(this.folder, "runner")]) mkdirSync(path);
  }

  put(name: string, text: string): void {
    writeFileSync(join(this.fakes, name), text);
  }

  said = (name: string): string => (existsSync(join(this.fakes, name)) ? readFileSync(join(this.fakes, name), "utf8") : "");
  comments = (): { id: number; body: string; user: { type: string } }[] => JSON.parse(this.said("comments.json") || "[]");
  labels = (): string[] => JSON.parse(this.said("labels.json") || "[]");

  /** The next preview is one that was recorded. @param change what else its JSON has */
  preview(name: string, change: (preview: Record<string, unknown>) => object = (preview) => preview): void {
    const { file, preview } = read(name);
    writeFileSync(join(this.folder, "projects.yaml"), file);
    this.put("preview.stdout", JSON.stringify(change(preview)));
    this.put("preview.code", name === "mistake" ? "1" : "0");
  }

  async step(name: string, env: Record<string, string> = {}): Promise<{ exitCode: number | undefined; all: string }> {
    const ran = await execa(process.execPath, ["--disable-warning=ExperimentalWarning", join(this.folder, "cli", "ci.ts"), name], {
      env: {
        PATH: `${this.bin}:/usr/bin:/bin`,
        HOME: this.folder,
        RUNNER_TEMP: join(this.folder, "runner"),
        GITHUB_STEP_SUMMARY: this.summary,
        // Each step is a process of its own: what the first one compiles the others read.
        NODE_COMPILE_CACHE: join(this.folder, "cache"),
        FAKE_FOLDER: this.fakes,
        FAKE_PROGRAMS: this.bin,
        ...RUNNER,
        ...(name === "comment" ? COMMENT : SECRETS),
        ...env,
      },
      extendEnv: false,
      reject: false,
      stdin: "ignore",
      all: true,
    });
    return { exitCode: ran.exitCode, all: ran.all };
  }

  /** Both steps of preview.yml, as it runs them: the second one also after a failure. */
  async pullRequest(env: Record<string, string> = {}): Promise<{ exitCode: number | undefined; all: string }> {
    const plan = await this.step("plan", env);
    const comment = await this.step("comment");
    return { exitCode: plan.exitCode || comment.exitCode, all: `${plan.all}\n${comment.all}` };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
