import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { type Level, type Manifest, withFiles } from "../../../images/backup/manifest.ts";
import { carefully, type Proof, rootKeyFaults, snapshotOf } from "../../../images/backup/prove.ts";
import { Hindered } from "../../../images/backup/stop.ts";

test.each([undefined, null])("a backup that does not say what was written is not taken for it: %j", async (trees) => {
  const manifest = { project: "blog", id: "20261123T190511Z", trees } as Manifest;
  await expect(snapshotOf(manifest, "set")).rejects.toThrow('backup 20261123T190511Z of "blog" is of an earlier version, which did not note what it wrote. Make a new one: ');
});

test("stored files are in two snapshots, or in three; over each other in the order of time", () => {
  expect(withFiles({ before: "1", set: "3" })).toEqual(["1", "3"]);
  expect(withFiles({ set: "3", during: "2", before: "1" })).toEqual(["1", "2", "3"]);
});

describe("what was proven before", () => {
  const bad: Proof = { level: 1, faults: ["restic dump: it does not say why"] };
  const good: Proof = { level: 3, faults: [] };
  /** @returns what came of it, how often it was tried, and what was said */
  const tried = async (level: Level, ...proofs: (Proof | Error)[]) => {
    const [said, tries]: [string[], number[]] = [[], []];
    const proof = await carefully({ manifest: { project: "blog", level } as Manifest, say: (line) => said.push(line) }, async () => {
      const next = proofs[tries.push(1) - 1]!;
      if (next instanceof Error) throw next;
      return next;
    });
    return [proof, tries.length, said];
  };

  test("is lowered by what fails twice, and by nothing that passes", async () => {
    const once = ["blog: restic dump: it does not say why. It was proven before: trying once more"];
    expect(await tried(3, bad, good)).toEqual([good, 2, once]);
    expect(await tried(3, bad, bad)).toEqual([bad, 2, once]);
    expect(await tried(3, good)).toEqual([good, 1, []]);
    await expect(tried(3, bad, new Hindered("no such host"))).rejects.toThrow("no such host");
  });

  test("and what was not is tried once", async () => {
    expect(await tried(0, bad, good)).toEqual([bad, 1, []]);
  });
});

describe("Vault's root key", () => {
  let folder: string;
  const path = process.env.PATH;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "indie-ventures-prove-"));
    process.env.PATH = `${folder}${delimiter}${path}`;
  });
  afterAll(async () => {
    process.env.PATH = path;
    await rm(folder, { recursive: true });
  });
  const VAULT = "/var/lib/postgresql-custom";

  /** @param dump what restic does when it is asked for all bytes @param files what it lists */
  async function faults(dump: string, ...files: string[]): Promise<string[]> {
    const lines = files.map((file) => JSON.stringify({ type: "file", path: `${VAULT}/${file}` })).join("\n");
    const script = `#!/bin/sh\ncase "$*" in\n*" dump "*" tar set ${VAULT}") ${dump};;\n*" ls "*" set ${VAULT}") cat <<'EOF'\n${lines}\nEOF\n;;\n*) exit 9;;\nesac\n`;
    await writeFile(join(folder, "restic"), script);
    await chmod(join(folder, "restic"), 0o755);
    return rootKeyFaults({ snapshots: { before: "before", set: "set" } });
  }

  test("is there, and can be read", async () => expect(await faults("exit 0", "conf.d/a.conf", "pgsodium_root.key")).toEqual([]));
  test("is missing", async () => expect(await faults("exit 0", "conf.d/a.conf")).toEqual(["Vault's root key is not in the backup"]));
  test("can not be read", async () => {
    await expect(faults("echo 'Load(<data/a9>) failed: file is too short' >&2; exit 1", "pgsodium_root.key")).rejects.toThrow("restic dump: Load(<data/a9>) failed: file is too short");
  });
});
