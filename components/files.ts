import { readFileSync } from "node:fs";

/** The text of a file of this folder; they are uploaded or sent as they stand, with nothing filled in. */
export const readComponentFile = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
