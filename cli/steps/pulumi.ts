import { join } from "node:path";
import { decideSource, isAtLeast } from "../decide.ts";
import type { Lab } from "../lab.ts";
import { toolsDir } from "../layout.ts";
import { type Report, Stop } from "../report.ts";
import { lastWords, type Run, succeeded } from "../run.ts";
import { packageVersion, PLUGINS, type ToolEnvironment } from "../tools.ts";

/** What the steps of the engine work with. */
export interface Parts {
  report: Report;
  run: Run;
  tools: ToolEnvironment;
  /** Absent where stand-ins must not be used: a server that is not this computer's `localhost`. */
  lab?: Lab;
  /** Whether Pulumi's downloads are to be had. */
  downloads: () => Promise<boolean>;
}

const noDownloads = (what: string) =>
  `${what} is needed, and get.pulumi.com can not be reached.
The stand-ins that are built in that case are for trying and testing only, and this stack's \`domain\` is not localhost.`;

const ownCliDir = join(toolsDir, "pulumi", "bin");

async function cliVersion(run: Run, file: string): Promise<string> {
  const ran = await run(file, ["version"], { timeoutSeconds: 60 });
  return succeeded(ran) ? ran.stdout.trim() : "";
}

/** The official installer, as the Automation API runs it: at the version of @pulumi/pulumi, into a folder of ours. */
async function installCli(): Promise<void> {
  const { PulumiCommand } = await import("@pulumi/pulumi/automation/cmd.js");
  await PulumiCommand.install({ root: join(toolsDir, "pulumi") }).catch((error: unknown) => {
    throw new Stop(`Pulumi's installer failed: ${String(error)}\nhttps://www.pulumi.com/docs/install/ has other ways to install it.`);
  });
}

async function provideCli({ report, run, tools, lab, downloads }: Parts, needed: string): Promise<{ from: string; isLab: boolean }> {
  if (isAtLeast(await cliVersion(run, join(ownCliDir, "pulumi")), needed)) {
    tools.before(ownCliDir);
    return { from: "installed in .indie", isLab: false };
  }
  if (await downloads()) {
    report.line(`installing the Pulumi CLI ${needed} with its official installer`);
    await installCli();
    tools.before(ownCliDir);
    return { from: "installed in .indie", isLab: false };
  }
  if (!lab) throw new Stop(noDownloads(`The Pulumi CLI ${needed} or newer`));
  tools.before((await lab.buildEngine({ cli: true, language: true, plugins: [] })).binDir);
  return { from: "built from its Go modules", isLab: true };
}

/** Pulumi's CLI: on PATH and new enough, else installed by us, else built from its Go modules. Says what stands in. */
export function pulumiStep(parts: Parts): Promise<{ standIns: string[] }> {
  return parts.report.step(async () => {
    const needed = packageVersion("@pulumi/pulumi");
    const theirs = await cliVersion(parts.run, "pulumi");
    if (isAtLeast(theirs, needed)) return { says: `pulumi ${theirs.replace(/^v/, "")}`, result: { standIns: [] } };
    const { from, isLab } = await provideCli(parts, needed);
    const version = (await cliVersion(parts.run, "pulumi")).replace(/^v/, "");
    if (!isAtLeast(version, needed)) throw new Stop(`The Pulumi CLI ${from} is "${version}", and ${needed} or newer is needed.`);
    return {
      says: `pulumi ${version}, ${from}${theirs === "" ? "" : ` (the one on PATH is ${theirs}: too old)`}`,
      result: { standIns: isLab ? ["Pulumi's language host (the CLI is the real one, built from its source)"] : [] },
    };
  });
}

/** Which of the program's plugins are not installed at their version. */
async function missingPlugins(run: Run): Promise<string[]> {
  const listed = await run("pulumi", ["plugin", "ls", "--json"]);
  if (!succeeded(listed)) throw new Stop(`\`pulumi plugin ls\` failed:\n${lastWords(listed)}`);
  const installed: { name: string; kind: string; version?: string }[] = JSON.parse(listed.stdout);
  return PLUGINS.filter(
    (name) => !installed.some((plugin) => plugin.kind === "resource" && plugin.name === name && plugin.version === packageVersion(`@pulumi/${name}`)),
  );
}

const buildPlugins = async ({ tools, lab }: Parts): Promise<void> => {
  if (!lab) throw new Stop(noDownloads(`Pulumi's plugins (${PLUGINS.join(", ")})`));
  tools.after((await lab.buildEngine({ cli: false, language: false, plugins: PLUGINS })).binDir);
  // All that the program needs is on PATH; nothing is to be looked for on the network, five times each (facts/engine.md).
  tools.set({ PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" });
};

/** The providers' plugins: the official ones, else the lab's. */
export function pluginsStep(parts: Parts): Promise<{ standIns: string[] }> {
  const { report, run, downloads } = parts;
  return report.step(async () => {
    const missing = await missingPlugins(run);
    const source = decideSource(missing, missing.length > 0 && (await downloads()));
    if (source === "lab") {
      await buildPlugins(parts);
      return {
        says: `plugins ${PLUGINS.join(", ")}: the lab's`,
        result: { standIns: ["Pulumi plugins command, postgresql, random (docker is the real provider, built from its source)"] },
      };
    }
    for (const name of source === "official" ? missing : []) {
      const version = packageVersion(`@pulumi/${name}`);
      report.line(`installing plugin ${name} ${version}`);
      const ran = await run("pulumi", ["plugin", "install", "resource", name, version]);
      if (!succeeded(ran)) throw new Stop(`Pulumi's plugin ${name} ${version} could not be installed:\n${lastWords(ran)}`);
    }
    return { says: `plugins ${PLUGINS.map((name) => `${name} ${packageVersion(`@pulumi/${name}`)}`).join(", ")}`, result: { standIns: [] } };
  });
}
