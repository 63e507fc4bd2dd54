// Each command of the docs is typed by test/long/guides.test.ts, or says why not. This looks at the pages alone, so that it fails at once.
import { expect, test } from "@jest/globals";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "../../../cli/layout.ts";
import { ORDER } from "../../e2e/lib/guides/order.ts";
import { isTyped, whyNotRun } from "../../lib/docs/blocks.ts";
import { allBlocks, blocksToRun, pages, readPage } from "../../lib/docs/pages.ts";

const named = ({ page, text }: { page: string; text: string }) => `${page}: ${text.split("\n")[0]}`;

test("those that no test runs, each with its reason", () => {
  const marked = allBlocks().filter((block) => whyNotRun(block) !== undefined);
  expect(marked.map((block) => `${named(block)} – ${whyNotRun(block)}`)).toMatchSnapshot();
  expect(marked.filter((block) => whyNotRun(block) === "").map(named)).toEqual([]);
});

test("all others have their place in what the newcomer types, and nothing else has", () => {
  const blocks = blocksToRun();
  expect(blocks.length).toBeGreaterThan(30);
  for (const { page } of blocks) expect(ORDER.map((step) => step.page)).toContain(page);
  const places = ORDER.map(({ page, begins }) => blocks.find((block) => block.page === page && block.text.startsWith(begins)) ?? `${page}: ${begins}`);
  expect(places.filter((place) => typeof place === "string")).toEqual([]);
  expect(blocks.filter((block) => !ORDER.some(({ page, begins }) => block.page === page && block.text.startsWith(begins))).map(named)).toEqual([]);
});

test("a block says its language, and what is shown as text is no command", () => {
  const known = ["sh", "console", "js", "yaml", "json", "text", "sql", "diff"];
  expect(allBlocks().filter(({ language }) => !known.includes(language)).map(named)).toEqual([]);
  const commands = /^\s*(\$ |(npx|npm|pulumi|docker|curl|indie|git|source|cd) )/m;
  expect(allBlocks().filter((block) => !isTyped(block) && block.language === "text" && commands.test(block.text)).map(named)).toEqual([]);
  expect(allBlocks().filter((block) => block.language === "console" && !/^\$ /.test(block.text)).map(named)).toEqual([]);
});

test("README leads to each page, and each link of a page leads to something", () => {
  const readme = readPage("README.md");
  expect(pages().filter((page) => page.startsWith("docs/") && !readme.includes(`](${page})`))).toEqual([]);
  const anchors = (page: string): Set<string> => {
    const text = readFileSync(join(root, page), "utf8");
    const heads = [...text.matchAll(/^#+ (.+)$/gm)].map(([, head]) => head!.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-"));
    return new Set([...heads, ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id!)]);
  };
  const broken = pages().flatMap((page) =>
    [...readPage(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].flatMap(([link, file, anchor]) => {
      const target = file === "" ? page : join(dirname(page), file!);
      const isThere = existsSync(join(root, target)) && (anchor === undefined || !target.endsWith(".md") || anchors(target).has(anchor));
      return isThere ? [] : [`${page}: ${link}`];
    }),
  );
  expect(broken).toEqual([]);
});
