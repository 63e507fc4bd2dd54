import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportToFile } from "../../../cli/exportedFile.ts";

describe("the file", () => {
  let folder: string;
  let file: string;
  /** A docker that does what a test wants. */
  const docker = async (script: string) => {
    await writeFile(join(folder, "docker"), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, "docker"), 0o755);
    return { PATH: `${folder}:${process.env.PATH}` };
  };
  const args = (force = false) => ({ project: "blog", file, force });
  const left = async () => (await readdir(folder)).filter((name) => name !== "docker");

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "indie-ventures-export-"));
    file = join(folder, "blog.tar");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test("has what the container wrote, for its owner alone; the container is asked by words of its own", async () => {
    await exportToFile("prod", await docker('printf "%s " "$@"'), { ...args(), backup: "b1" });
    expect(await readFile(file, "utf8")).toBe("exec --interactive iv-prod-backup node main.ts export blog --backup b1 ");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await left()).toEqual(["blog.tar"]);
  });

  test("is not there where the container fails, whatever it wrote until then", async () => {
    await expect(exportToFile("prod", await docker("echo half; exit 1"), args())).rejects.toThrow("No archive was made.");
    expect(await left()).toEqual([]);
  });

  test("one that is there stays, unless it is to be replaced", async () => {
    await writeFile(file, "old");
    const env = await docker("echo new");
    await expect(exportToFile("prod", env, args())).rejects.toThrow(`${file} is there already, and was not touched. Another name: --output <file>; to replace it: --force`);
    expect(await readFile(file, "utf8")).toBe("old");
    await exportToFile("prod", env, args(true));
    expect(await readFile(file, "utf8")).toBe("new\n");
  });

  test("one that is to be replaced stays where the container fails", async () => {
    await writeFile(file, "old");
    await expect(exportToFile("prod", await docker("exit 1"), args(true))).rejects.toThrow("No archive was made.");
    expect(await readFile(file, "utf8")).toBe("old");
  });

  test("a folder that is not there is said before anything is done", async () => {
    await expect(exportToFile("prod", await docker("touch called"), { ...args(), file: join(folder, "no", "x.tar") })).rejects.toThrow(`There is no folder ${join(folder, "no")}.`);
  });
});
