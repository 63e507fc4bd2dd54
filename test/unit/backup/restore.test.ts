import { expect, test } from "@jest/globals";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { moveAll } from "../../../images/backup/restore.ts";

test("files take their place also where an upload that was under way has made a folder of the name", async () => {
  const folder = await mkdtemp(join(tmpdir(), "indie-ventures-move-"));
  const [from, to, late] = ["from", "to", "late"].map((name) => join(folder, name)) as [string, string, string];
  for (const [place, text] of [[from, "restored"], [to, "upload"]] as const) {
    await mkdir(join(place, "pictures"), { recursive: true });
    await writeFile(join(place, "pictures", "one"), text);
  }
  await moveAll(from, to, late);
  // And once more, as after a kill.
  await moveAll(from, to, late);
  expect(await readFile(join(to, "pictures", "one"), "utf8")).toBe("restored");
  await rm(folder, { recursive: true });
});
