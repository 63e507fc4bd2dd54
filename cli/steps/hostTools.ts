import { existsSync, globSync, mkdirSync, writeFileSync } from "node:fs";
import { type Report, Stop } from "../report.ts";
import { lastWords, type Run, succeeded } from "../run.ts";

/** A program of this computer that the lab works with. */
export interface HostTool {
  /** The Debian package that has it. */
  package: string;
  /** Paths of which one is there when it is installed; globs. */
  paths: string[];
}

/** What builds the lab's images. */
export const IMAGE_TOOLS: HostTool[] = [
  { package: "debootstrap", paths: ["/usr/sbin/debootstrap"] },
  { package: "python3-pip", paths: ["/usr/bin/pip3", "/usr/local/bin/pip3"] },
];

/** What the tests look with. */
export const TEST_TOOLS: HostTool[] = [
  { package: "procps", paths: ["/usr/bin/pgrep"] },
  { package: "strace", paths: ["/usr/bin/strace"] },
  { package: "postgresql", paths: ["/usr/lib/postgresql/*/bin/initdb"] },
];

export const missingPackages = (tools: HostTool[], isThere: (path: string) => boolean): string[] =>
  tools.filter(({ paths }) => !paths.some(isThere)).map((tool) => tool.package);

/** Installs what is missing, as root on Debian; elsewhere says the command. */
export async function hostToolsStep(report: Report, run: Run, tools: HostTool[]): Promise<void> {
  const packages = missingPackages(tools, (path) => globSync(path).length > 0);
  if (packages.length === 0) return;
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get"))
    throw new Stop(`The lab needs ${packages.join(", ")} on this computer: sudo apt-get install ${packages.join(" ")}`);
  await report.step(async () => {
    if (packages.includes("postgresql")) withoutCluster();
    await apt(run, ["update", "-qq"]);
    await apt(run, ["install", "-qq", "-y", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold", ...packages]);
    return { says: `installed ${packages.join(", ")}`, result: undefined };
  });
}

/** Debian's package starts a server of its own on 5432, which nobody asked for. */
function withoutCluster(): void {
  mkdirSync("/etc/postgresql-common", { recursive: true });
  const file = "/etc/postgresql-common/createcluster.conf";
  if (!existsSync(file)) writeFileSync(file, "create_main_cluster = false\n");
}

async function apt(run: Run, args: string[]): Promise<void> {
  const ran = await run("apt-get", args, { env: { DEBIAN_FRONTEND: "noninteractive" } });
  if (!succeeded(ran)) throw new Stop(`\`apt-get ${args[0]}\` failed:\n${lastWords(ran)}`);
}
