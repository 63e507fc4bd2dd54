import { SpecError } from "../../../spec/error.ts";
import { loadProjects } from "../../../spec/load.ts";
import { readStackConfig } from "../../../spec/stackConfig.ts";

export interface Setting {
  stack?: string;
  config?: Record<string, string>;
  isSet?: (key: string) => boolean;
  /** Names in each folder. */
  folders?: Record<string, string[]>;
}

export const stackConfig = ({ stack = "dev", config = { placement: "all" } }: Setting = {}) => readStackConfig((key) => config[key], stack);

export const load = (text: string, setting: Setting = {}) => loadProjects(text, "p.yaml", stackConfig(setting), setting.isSet, readFolder(setting.folders ?? {})).projects;

const readFolder = (folders: Record<string, string[]>) => (path: string) => {
  const names = folders[path];
  if (names === undefined) throw Object.assign(new Error(`no ${path}`), { code: "ENOENT" });
  return names;
};

/** The report on a text; undefined where it is accepted. What is no SpecError is thrown on. */
export const reportOf = (text: string, setting: Setting = {}): string | undefined => errorOf(() => load(text, setting));

export function errorOf(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof SpecError) return error.message;
    throw error;
  }
}

/** The report on one project, `blog`, with these fields below its own ones; they begin in line 4. */
export const reportOnFields = (fields: string, setting?: Setting) => reportOf(`projects:\n  - name: blog\n    architecture: shared\n${indent(fields)}`, setting);

const indent = (text: string): string => text.split("\n").map((line) => `    ${line}\n`).join("");
