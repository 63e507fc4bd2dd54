import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../cli/layout.ts";
import { type Block, isTyped, parseBlocks, whyNotRun } from "./blocks.ts";

/** What users read: README.md, docs/*.md and the lab's page. */
export const pages = (): string[] => [
  "README.md",
  ...readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md")).sort().map((name) => `docs/${name}`),
  "test/lab/README.md",
];

export const readPage = (page: string): string => readFileSync(join(root, page), "utf8");

export interface PageBlock extends Block {
  page: string;
}

export const allBlocks = (): PageBlock[] => pages().flatMap((page) => parseBlocks(readPage(page)).map((block) => ({ ...block, page })));

/** Those that a test has to type. */
export const blocksToRun = (): PageBlock[] => allBlocks().filter((block) => isTyped(block) && whyNotRun(block) === undefined);
