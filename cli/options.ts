import { parseArgs } from "node:util";
import { Stop } from "./report.ts";

/** This computer. */
export const DEFAULT_STACK = "dev";

/** Pulumi's own rule for the name of a stack; it is part of file names here. */
export const isStackName = (text: string): boolean => /^[a-zA-Z0-9][\w.-]{0,99}$/.test(text);

export const USAGE = `npm run up -- [--stack <name>] [-- <options of pulumi up>]

Sets up what is missing on this computer (Docker, Pulumi, its plugins, images, the state), puts in order what a killed
update left behind, and runs \`pulumi up --yes\`. Run it as often as you like.

  -s, --stack <name>   the Pulumi stack, which is the server   (default: dev, this computer)
  -h, --help           this text`;

export interface UpOptions {
  stack: string;
  help: boolean;
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
      options: { stack: { type: "string", short: "s", default: DEFAULT_STACK }, help: { type: "boolean", short: "h", default: false } },
    });
    if (!isStackName(values.stack)) throw new Stop(`--stack ${JSON.stringify(values.stack)}: not a name of a Pulumi stack.`);
    return { stack: values.stack, help: values.help, pulumiArgs: separator < 0 ? [] : args.slice(separator + 1) };
  } catch (error) {
    throw error instanceof Stop ? error : new Stop(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}
