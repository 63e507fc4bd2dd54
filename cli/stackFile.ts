import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { root } from "./layout.ts";
import { Stop } from "./report.ts";

/** What set-up needs to know of Pulumi.<stack>.yaml before there is a Pulumi to ask. */
export interface StackFile {
  /** Its secrets were encrypted with some passphrase. */
  salted: boolean;
  /** Stack config of ours, by key; secrets are absent. */
  config: Record<string, unknown>;
}

const NAMESPACE = "indie-ventures:";

export function parseStackFile(text: string, name: string): StackFile {
  let file: { encryptionsalt?: unknown; config?: Record<string, unknown> } | null;
  try {
    file = parse(text);
  } catch (error) {
    throw new Stop(`${name} is not YAML: ${error instanceof Error ? error.message : error}`);
  }
  const entries = Object.entries(file?.config ?? {}).filter(([key, value]) => key.startsWith(NAMESPACE) && !isSecret(value));
  return {
    salted: file?.encryptionsalt !== undefined,
    config: Object.fromEntries(entries.map(([key, value]) => [key.slice(NAMESPACE.length), value])),
  };
}

const isSecret = (value: unknown): boolean => typeof value === "object" && value !== null && "secure" in value;

export function readStackFile(stack: string): StackFile {
  const name = `Pulumi.${stack}.yaml`;
  const path = join(root, name);
  return existsSync(path) ? parseStackFile(readFileSync(path, "utf8"), name) : { salted: false, config: {} };
}

/** Whether the stack is one for trying: its projects are at *.localhost. There alone may stand-ins be used. */
export const isLocalhost = ({ config }: StackFile): boolean => config.domain === undefined || config.domain === "localhost";
