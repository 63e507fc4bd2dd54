import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { ArchiveWriter, sumLine } from "../../../images/backup/exportArchive.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "indie-ventures-archive-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const TIME = new Date("2026-11-27T03:00:00Z");
const LONG = `volumes/${"a folder/".repeat(30)}näme\nwith\\a break`;

describe("an archive", () => {
  test("is what tar and sha256sum read: texts, files, names of any kind, attributes", async () => {
    const file = join(folder, "some.tar");
    await writeFile(join(folder, "dump"), Buffer.alloc(300_000, 7));
    const archive = new ArchiveWriter(createWriteStream(file), { folder: "blog", time: TIME });
    await archive.text(".env", "A=1\n");
    await archive.text("restore.sh", "#!/bin/sh\n", 0o755);
    await archive.file("database.dump", join(folder, "dump"));
    await archive.entry({ name: LONG, size: 5, mode: 0o644, pax: { "SCHILY.xattr.user.supabase.content-type": "image/x-öwn\n" } }, Readable.from([Buffer.from("he"), Buffer.from("llo")]));
    await archive.end();
    await execa("tar", ["-xf", file], { cwd: folder });
    const there = join(folder, "blog");
    expect(await readFile(join(there, LONG), "utf8")).toBe("hello");
    expect([(await stat(join(there, ".env"))).mode & 0o777, (await stat(join(there, "restore.sh"))).mode & 0o777]).toEqual([0o600, 0o755]);
    expect((await stat(join(there, "database.dump"))).mtime).toEqual(TIME);
    await execa("sha256sum", ["--check", "--quiet", "--strict", "SHA256SUMS"], { cwd: there });
    expect((await readFile(join(there, "SHA256SUMS"), "utf8")).trimEnd().split("\n")).toHaveLength(4);
    const { stdout } = await execa("tar", ["--xattrs", "-tvvf", file]);
    expect(stdout).toContain("user.supabase.content-type");
  });

  test("a file that is shorter or longer than it was said to be is an error", async () => {
    for (const content of ["shorter", "and longer than it"]) {
      const archive = new ArchiveWriter(createWriteStream(join(folder, "wrong.tar")), { folder: "blog", time: TIME });
      await expect(archive.entry({ name: "a", size: 10 }, [Buffer.from(content)])).rejects.toThrow();
    }
  });

  test("one that can not be written on is an error, and not waited for", async () => {
    const full = new Writable({ write: (_chunk, _encoding, done) => done(new Error("the disk is full")) });
    const archive = new ArchiveWriter(full, { folder: "blog", time: TIME });
    await expect(archive.entry({ name: "a", size: 10_000_000 }, Readable.from([Buffer.alloc(10_000_000)])).then(() => archive.end())).rejects.toThrow("the disk is full");
  });
});

test("a line of SHA256SUMS", () => {
  expect([sumLine("abc", "a b"), sumLine("abc", "a\nb\\c")]).toEqual(["abc  a b\n", "\\abc  a\\nb\\\\c\n"]);
});
