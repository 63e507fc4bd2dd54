// What others say, on our terminal: it moves no cursor, and begins no line that looks like ours.
import { stripVTControlCharacters } from "node:util";
import { shown } from "../images/backup/stop.ts";

/** A line: without colours, with its tabs, and any other control character as what it is. */
export const shownLine = (line: string): string => stripVTControlCharacters(line).replace(/\r+$/, "").split("\t").map(shown).join("\t");

export const shownLines = (text: string): string => text.split("\n").map(shownLine).join("\n");
