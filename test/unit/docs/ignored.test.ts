// What a newcomer who types the docs' commands in the clone gets there, with secrets in it, is not for git.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../../cli/layout.ts";
import { readPage } from "../../lib/docs/pages.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "indie-ignored-"));
  execFileSync("git", ["init", "--quiet", folder]);
  cpSync(join(root, ".gitignore"), join(folder, ".gitignore"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const isIgnored = (name: string) => spawnSync("git", ["-C", folder, "check-ignore", "--quiet", name]).status === 0;

test.each([
  ["docs/backups.md", "npx indie export blog ", ["blog.tar", ".blog.tar.1a2b3c4d"]],
  ["docs/backups.md", "-f backup-key ", ["backup-key", "backup-key.pub"]],
  ["docs/pull-requests.md", "--file prod.json", ["prod.json"]],
  ["docs/https.md", "indie-ventures:tls.certificates certificates ", ["certificates/blog.example.com.key"]],
  ["docs/link.md", "indie link blog ", [".env", ".env.local"]],
  ["docs/link.md", "--file .env.server", [".env.server"]],
])("%s: %s", (page, command, names) => {
  expect(readPage(page)).toContain(command);
  expect(names.filter((name) => !isIgnored(name))).toEqual([]);
});

test("and what is the clone's own is", () => expect(["projects.yaml", "package.json", "Pulumi.prod.yaml", "schema/plan.schema.json"].filter(isIgnored)).toEqual([]));
