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
  /** The keys of those that are secret. */
  secrets: string[];
}

const NAMESPACE = "indie-ventures:";

export function parseStackFile(text: string, name: string): StackFile {
  let file: { encryptionsalt?: unknown; config?: Record<string, unknown> } | null;
  try {
    file = parse(text);
  } catch (error) {
    throw new Stop(`${name} is not YAML: ${error instanceof Error ? error.message : error}`);
  }
  const ours = Object.entries(file?.config ?? {}).filter(([key]) => key.startsWith(NAMESPACE));
  const entries = ours.map(([key, value]) => [key.slice(NAMESPACE.length), value] as const);
  return {
    salted: file?.encryptionsalt !== undefined,
    config: Object.fromEntries(entries.filter(([, value]) => !isSecret(value))),
    secrets: entries.filter(([, value]) => isSecret(value)).map(([key]) => key),
  };
}

const isSecret = (value: unknown): boolean => typeof value === "object" && value !== null && "secure" in value;

export function readStackFile(stack: string, folder = root): StackFile {
  const name = `Pulumi.${stack}.yaml`;
  const path = join(folder, name);
  return existsSync(path) ? parseStackFile(readFileSync(path, "utf8"), name) : { salted: false, config: {}, secrets: [] };
}

/** A setting's text, as Pulumi gives it to the program; of a secret one an empty text, which says that it is there. */
export function settingOf({ config, secrets }: StackFile, key: string): string | undefined {
  const value = config[key];
  if (value === undefined || value === null) return secrets.includes(key) ? "" : undefined;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Whether the stack is one for trying: its projects are at *.localhost. There alone may stand-ins be used. */
export const isLocalhost = ({ config }: StackFile): boolean => config.domain === undefined || config.domain === "localhost";
