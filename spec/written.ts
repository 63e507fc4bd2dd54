import type { Path, SourceFile } from "./document.ts";
import type { Mistake } from "./report.ts";

/** A project as it is written. */
export interface Written {
  path: Path;
  name?: string;
  /** With the defaults. */
  merged: Record<string, unknown>;
}

/** A mistake at a project's field, or at the one of the defaults that it comes from. */
export function at(source: SourceFile, project: Path, field: Path, text: string): Mistake {
  const inProject = [...project, ...field];
  const place = source.has(inProject) || !source.has(["defaults", ...field]) ? inProject : ["defaults", ...field];
  return { offset: source.offset(place), text };
}
