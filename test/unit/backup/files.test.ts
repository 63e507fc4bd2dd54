import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execa } from "execa";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readJson } from "../../../images/backup/files.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "indie-ventures-files-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A process that writes a file again and again. */
const WRITER = `const { writeJson } = await import(process.argv[1]);
for (let index = 0; index < 1000; index++) await writeJson(process.argv[2], { text: "x".repeat(index) });`;

test("processes that write the same file at once all can, and it is whole", async () => {
  const file = join(folder, "status.json");
  const module = new URL("../../../images/backup/files.ts", import.meta.url).href;
  const writer = () => execa(process.execPath, ["--input-type=module", "--eval", WRITER, module, file]);
  await Promise.all([writer(), writer(), writer()]);
  expect(await readJson(file)).toEqual({ text: "x".repeat(999) });
  expect(await readdir(folder)).toEqual(["status.json"]);
});
