// What a measurement becomes: pure.
import { cpus, totalmem } from "node:os";

/** One row of the table: what was measured so many times, in one unit. */
export interface Figure {
  name: string;
  /** What it may be at most; `floor`: what stands beside it for comparison. @default none was asked for */
  aim?: number | "floor";
  unit: "s" | "ms" | "MB" | "MiB" | "cores" | "×" | "";
  samples: number[];
  how: string;
}

/** The middle one; of two middle ones the mean. @throws a RangeError for no samples */
export function median(samples: number[]): number {
  if (samples.length === 0) throw new RangeError("nothing was measured");
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const digits = { s: 2, ms: 2, MB: 1, MiB: 1, cores: 2, "×": 2, "": 0 };

function verdict({ aim, unit }: Figure, middle: number): string {
  if (aim === undefined || aim === "floor") return aim ?? "";
  return `≤ ${aim} ${unit}`.trimEnd() + (middle <= aim ? "" : ": **missed**");
}

function renderFigure(figure: Figure): string {
  const { name, unit, samples, how } = figure;
  const shown = (value: number) => `${value.toFixed(digits[unit])}${unit && ` ${unit}`}`;
  const middle = median(samples);
  const range = samples.length > 1 ? `${shown(Math.min(...samples))} to ${shown(Math.max(...samples))}` : "";
  return `| ${name} | ${verdict(figure, middle)} | ${shown(middle)} | ${range} | ${samples.length} | ${how} |`;
}

export const renderTable = (figures: Figure[]): string =>
  ["| figure | aim | median | from, to | times | how |", "|---|---|---|---|---|---|", ...figures.map(renderFigure)].join("\n");

export const machine = (dockerVersion: string, pulumiVersion: string): string =>
  `${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), ${Math.round(totalmem() / 1e9)} GB, Docker ${dockerVersion}, ` +
  `Pulumi ${pulumiVersion}, Node ${process.versions.node}, ${process.platform}`;
