// Previews of a real stack (record.ts), as files: what the plan reads of them and nothing else, written short.
import { readFileSync, writeFileSync } from "node:fs";
import { parsePreview, type Preview } from "../../../cli/plan/preview.ts";
import { loadSpec, type Spec } from "../../../spec/index.ts";

/** Of a stack and project of ours; it stands in each line several times. */
const SHORT: [string, string][] = [
  ["urn:pulumi:prod::indie-ventures::", "~"],
  ["indie-ventures:index:", "@"],
];

export interface Recorded {
  /** What `projects.yaml` was at that moment. */
  file: string;
  /** The recorded preview of the same state that changes nothing: what this one has not is the same there. @default all is here */
  base?: string;
  preview: Preview;
}

const path = (name: string) => new URL(`./${name}.json`, import.meta.url);

/** One step a line. */
export function write(name: string, { file, base, preview: { steps, ...rest } }: Recorded): void {
  const known = new Set(base === undefined ? [] : read(base).preview.steps.map((step) => JSON.stringify(step)));
  const lines = steps.map((step) => JSON.stringify(step)).filter((line) => !known.has(line));
  const head = `${JSON.stringify({ file, base, ...rest }).slice(0, -1)},"steps":[`;
  const text = SHORT.reduce((all, [long, short]) => all.replaceAll(long, short), `${head}\n${lines.join(",\n")}\n]}\n`);
  writeFileSync(path(name), text);
}

export function read(name: string): Recorded {
  const text = SHORT.toReversed().reduce((all, [long, short]) => all.replaceAll(short, long), readFileSync(path(name), "utf8"));
  const { file, base, ...rest } = JSON.parse(text) as { file: string; base?: string };
  const preview = parsePreview(JSON.stringify(rest));
  if (base === undefined) return { file, preview };
  const own = new Set(preview.steps.map(({ urn }) => urn));
  const same = read(base).preview.steps.filter(({ urn }) => !own.has(urn));
  return { file, base, preview: { ...preview, steps: [...same, ...preview.steps] } };
}

/** The spec as the command reads it. */
export const specOf = ({ file, preview }: Recorded): Spec =>
  loadSpec({ stack: "prod", get: (key) => preview.config[`indie-ventures:${key}`], readFile: () => file, readFolder: () => [] });
