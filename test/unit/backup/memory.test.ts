import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { mkdtempSync, rmSync } from "node:fs";
import * as promises from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Postgres } from "../../../images/backup/postgres.ts";

let folder: string;
let memory = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "memory-"));
  jest.unstable_mockModule("node:fs/promises", () => ({ ...promises, readFile: async () => `MemAvailable:  ${memory} kB\n` }));
  jest.unstable_mockModule("../../../images/backup/places.ts", () => ({ STATE: folder, SCRATCH: folder, FILES: folder, objectPath: String, filesFolder: String }));
  jest.unstable_mockModule("../../../images/backup/postgres.ts", () => ({ withClient: async () => 1e6 }));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("a job is not begun on a server whose memory is all but taken", async () => {
  const { requireRoomToProve } = await import("../../../images/backup/room.ts");
  const prove = () => requireRoomToProve({} as Postgres, "blog", 1e6);
  memory = 100_000;
  await expect(prove()).rejects.toThrow("blog: the server has 102 MB of memory free, and a backup or its proof may need 500 MB.");
  memory = 600_000;
  await expect(prove()).resolves.toBeUndefined();
});
