import { parseArgs } from "node:util";
import { DEFAULT_STACK } from "../images/backup/stackOption.ts";
import { Stop } from "./report.ts";

export { DEFAULT_STACK, stackOption, upCommand } from "../images/backup/stackOption.ts";

/** Pulumi's own rule for the name of a stack; it is part of file names here. */
export const isStackName = (text: string): boolean => /^[a-zA-Z0-9][\w.-]{0,99}$/.test(text);

export const USAGE = `npm run up -- [--stack <name>] [-- <options of pulumi up>]

Sets up what is missing on this computer (Docker, Pulumi, its plugins, images, the state), puts in order what a killed
update left behind, and runs \`pulumi up --yes\`. Run it as often as you like.

  -s, --stack <name>   the Pulumi stack, which is the server   (default: dev, this computer)
      --empty-server   the server is lost, and this Docker Engine is a new one: make everything anew, with the projects' keys
                       (docs/backups.md, "A server that is lost")
  -h, --help           this text`;

export interface UpOptions {
  stack: string;
  help: boolean;
  /** The server is lost: everything is made anew on this engine. */
  emptyServer: boolean;
  /** For `pulumi up`, as they are. */
  pulumiArgs: string[];
}

/** @throws Stop where an option is not one of ours */
export function parseUpOptions(args: string[]): UpOptions {
  const separator = args.indexOf("--");
  const ours = separator < 0 ? args : args.slice(0, separator);
  try {
    const { values } = parseArgs({
      args: ours,
      options: { stack: { type: "string", short: "s", default: DEFAULT_STACK }, "empty-server": { type: "boolean", default: false }, help: { type: "boolean", short: "h", default: false } },
    });
    if (!isStackName(values.stack)) throw new Stop(`--stack ${JSON.stringify(values.stack)}: not a name of a Pulumi stack.`);
    return { stack: values.stack, help: values.help, emptyServer: values["empty-server"], pulumiArgs: separator < 0 ? [] : args.slice(separator + 1) };
  } catch (error) {
    throw error instanceof Stop ? error : new Stop(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}

export const BENCH_USAGE = `npm run bench -- [<name>…] [--megabytes <size>,…]

Measures, with the floor of each figure in the same run, and prints what docs/measurements.md has. It needs the machine for itself.

  projects        adding, changing and removing projects on a server that has two
  ten             the same beside ten, and what the gateway adds to a request
  backups         backup, proof and restore of projects of some sizes
  command         how long indie takes, beside Node and Pulumi alone
  interruptions   how long something is away while its container is replaced

  --megabytes <size>,…   the sizes for backups, the smallest first   (default: 100,1000)
  -h, --help             this text`;

export interface BenchOptions {
  /** In the order in which they run. */
  names: string[];
  /** MB of the projects that are backed up, the smallest first. */
  megabytes: number[];
  help: boolean;
}

/** @param known all names @throws Stop where a name or a size is none */
export function parseBenchOptions(args: string[], known: string[]): BenchOptions {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { megabytes: { type: "string", default: "100,1000" }, help: { type: "boolean", short: "h", default: false } },
    });
    const unknown = positionals.find((name) => !known.includes(name));
    if (unknown !== undefined) throw new Stop(`There is no bench ${JSON.stringify(unknown)}. There are: ${known.join(", ")}.`);
    // Below 20 an empty database is the most of it.
    if (!/^[1-9]\d+(,[1-9]\d+)*$/.test(values.megabytes) || sizesOf(values.megabytes).some((size, index, all) => size < Math.max(20, all[index - 1] ?? 0)))
      throw new Stop(`--megabytes ${JSON.stringify(values.megabytes)}: not sizes of 20 MB or more, with commas, the smallest first.`);
    return { names: positionals.length > 0 ? positionals : known, megabytes: sizesOf(values.megabytes), help: values.help };
  } catch (error) {
    throw error instanceof Stop ? error : new Stop(`${error instanceof Error ? error.message : error}\n\n${BENCH_USAGE}`);
  }
}

const sizesOf = (text: string): number[] => text.split(",").map(Number);
