// `npm test [unit|long]`: the lab's set-up, then jest. The last line is the one that counts: `N passed, N failed`.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { saidWhenSlow } from "./lab.ts";
import { labEnvironment } from "./labEnvironment.ts";
import { root } from "./layout.ts";
import { failed as reportFailure, type Report, reporter, Stop } from "./report.ts";
import { lastWords, type Run, runner, succeeded } from "./run.ts";
import { hostToolsStep, TEST_TOOLS } from "./steps/hostTools.ts";
import { fileResults, isGreen, type JestResults, renderFiles, renderTotals, total } from "./testResults.ts";

/** A run of jest over some of the tests. */
interface Part {
  name: string;
  args: string[];
}

/** Jest matches whole paths, and the clone may itself be in a folder named `test`. */
const inFolder = (folder: string): string[] => ["--testPathPatterns", `^${root.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}/test/${folder}/`];

const UNIT: Part = { name: "unit", args: [...inFolder("unit"), "--maxWorkers", "2"] };
// Plugins of a CLI that a test has killed hold its pipes for a while after the last test: jest is not to wait for those.
// Two files at a time: half of a file's time is waiting, for a container's first health check or a plugin's start; each has a stack of its own.
const E2E: Part = { name: "e2e", args: [...inFolder("e2e"), "--maxWorkers", "2", "--forceExit"] };
const LONG: Part = { name: "long", args: [...inFolder("long"), "--runInBand", "--forceExit"] };

const PARTS: Record<string, Part[]> = { all: [UNIT, E2E], unit: [UNIT], long: [LONG] };

/** Jest ends with 1 when a test fails, and its results say so; a run without results is a failure of its own. */
async function jest({ name, args }: Part, env: NodeJS.ProcessEnv): Promise<JestResults> {
  const folder = mkdtempSync(join(tmpdir(), "indie-ventures-jest-"));
  const outputFile = join(folder, "results.json");
  const node = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning", join(root, "node_modules", "jest", "bin", "jest.js")];
  try {
    const child = spawn(process.execPath, [...node, "--json", "--outputFile", outputFile, ...args], {
      cwd: root,
      env,
      // With --json the results go to stdout as well; what people read is on stderr.
      stdio: ["ignore", "ignore", "inherit"],
    });
    await new Promise((resolve) => child.on("exit", resolve));
    if (!existsSync(outputFile)) throw new Stop(`jest (${name}) ended without results.`);
    return JSON.parse(readFileSync(outputFile, "utf8"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Packages that are not the program's: the stand-ins are tested as the processes that they are, and users' tools as users run them. */
const PACKAGES: { folder: string; install: string[] }[] = [
  { folder: join(root, "test", "lab", "standins"), install: ["ci"] },
  // No lock: the supabase CLI has a package for each platform, and a registry's mirror that lacks one of them would make it incomplete.
  { folder: join(root, "test", "e2e", "tools"), install: ["install", "--no-package-lock"] },
];

async function packagesStep(report: Report, run: Run): Promise<void> {
  const missing = PACKAGES.filter(({ folder }) => !existsSync(join(folder, "node_modules", ".package-lock.json")));
  if (missing.length === 0) return;
  await report.step(async () => {
    for (const { folder, install } of missing) {
      const ran = await run("npm", [...install, "--prefix", folder, "--no-audit", "--no-fund", "--loglevel=error"]);
      if (!succeeded(ran)) throw new Stop(`npm ${install[0]} in ${folder} failed:\n${lastWords(ran)}`);
    }
    return { says: "packages of the stand-ins and of the tests' tools", result: undefined };
  });
}

/** A build is no test's time. */
const linterStep = (report: Report): Promise<void> =>
  report.step(async () => {
    const { cachedBinary } = await import("../test/lab/engine/build/binary.ts");
    await saidWhenSlow(report, (log) => cachedBinary("actionlint", log));
    return { says: "actionlint, for the workflows", result: undefined };
  });

async function main([which = "all", ...more]: string[]): Promise<number> {
  const parts = PARTS[which];
  if (!parts || more.length > 0) throw new Stop(`npm test takes nothing, "unit" or "long"; not ${JSON.stringify([which, ...more].join(" "))}.`);
  const report = reporter(console.log);
  const run = runner(root, process.env);
  await hostToolsStep(report, run, TEST_TOOLS);
  await packagesStep(report, run);
  if (parts.includes(UNIT)) await linterStep(report);
  const needsLab = parts.some((part) => part !== UNIT);
  // Tests get it by the same function; here it is only built, so that no test's time has minutes of building in it.
  if (needsLab) await labEnvironment(report);
  const results: JestResults[] = [];
  // The tests' own tools run under this Node too, whatever PATH says.
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` };
  for (const part of parts) results.push(await jest(part, env));
  const files = fileResults(results);
  const totals = total(files);
  console.log(renderFiles(files, root).join("\n"));
  console.log(renderTotals(totals));
  return isGreen(totals) ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2)).catch(reportFailure);
