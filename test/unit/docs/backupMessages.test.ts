// docs/backups.md, "When a backup fails": each message of the table is the program's, or restic's, and some test provokes it. The rare ones are here.
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { chmodSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { root } from "../../../cli/layout.ts";
import type { Manifest } from "../../../images/backup/manifest.ts";
import type { BackupProject } from "../../../images/backup/project.ts";
import type { Settings } from "../../../images/backup/settings.ts";
import { readPage } from "../../lib/docs/pages.ts";

const page = readPage("docs/backups.md");
const table = page.slice(page.indexOf("| it says |"), page.indexOf("### A damaged repository"));
const documented = [...table.matchAll(/^\| (.+?) \| /gm)].slice(1).flatMap(([, cell]) => [...cell!.matchAll(/`([^`]+)`/g)].map(([, message]) => message!));

/** The words between what differs each time, and the file of the test that looks for them. */
const TESTS: Record<string, { words: string; file: string }> = {
  "the disk of … has … MB left, and this may need … MB": { words: "left, and this may need", file: "test/unit/backup/room.test.ts" },
  "… no space left on device …. A disk is full": { words: "A disk is full", file: "test/unit/backup/stop.test.ts" },
  "the server has … MB of memory free": { words: "MB of memory free", file: "test/unit/backup/memory.test.ts" },
  "table … is locked by a transaction of the project's": { words: "is locked by a transaction of the project's", file: "test/unit/backup/tables.test.ts" },
  "… was changed just now": { words: "was changed just now", file: "test/unit/backup/tables.test.ts" },
  "others were about to change a table": { words: "others were about to change a table", file: "test/long/backupFaults.test.ts" },
  "… stored files were deleted just now": { words: "stored files were deleted just now", file: "test/unit/backup/passingFiles.test.ts" },
  "… Postgres went away in the middle": { words: "Postgres went away in the middle", file: "test/unit/backup/stop.test.ts" },
  "… The repository does not answer": { words: "The repository does not answer", file: "test/unit/backup/stop.test.ts" },
  "… was ended by a signal (SIGKILL)": { words: "was ended by a signal (SIGKILL)", file: "test/unit/backup/pgRestore.test.ts" },
  "… The server is short of memory": { words: "The server is short of memory", file: "test/unit/backup/stop.test.ts" },
  "pg_restore did not end within … s": { words: "pg_restore did not end within", file: "test/unit/backup/pgRestore.test.ts" },
  "The scratch Postgres does not start": { words: "The scratch Postgres does not start", file: "test/unit/docs/backupMessages.test.ts" },
  "… went away in the middle": { words: "The scratch Postgres went away in the middle", file: "test/unit/docs/backupMessages.test.ts" },
  "could not be proven now: …": { words: "could not be proven now", file: "test/e2e/lib/backupFaults.ts" },
  "… It was made with …, and this server has …": { words: "It was made with", file: "test/unit/backup/versions.test.ts" },
  "the exchange has begun and is not done": { words: "the exchange has begun and is not done", file: "test/unit/docs/backupMessages.test.ts" },
  "its restore of backup … has not ended": { words: "its restore of backup", file: "test/unit/docs/backupMessages.test.ts" },
  "repository is already locked by PID … on <host>": { words: "repository is already locked by PID", file: "test/unit/docs/backupMessages.test.ts" },
  "The repository can not be opened: … wrong password or no key found": { words: "wrong password or no key found", file: "test/long/lib/damagedRepository.ts" },
  "The repository can not be opened: … config or key … is damaged": { words: "The repository can not be opened: Fatal: config or key", file: "test/long/lib/damagedRepository.ts" },
  "The repository is gone": { words: "The repository is gone", file: "test/e2e/backups.test.ts" },
  "Another repository stands where …": { words: "Another repository stands where", file: "test/unit/docs/backupMessages.test.ts" },
  "backup … counts no more: its snapshot … is not in the repository": { words: "counts no more: its snapshot", file: "test/long/lib/damagedRepository.ts" },
  "backup … is not proven, and does not count: restic …": { words: "is not proven, and does not count", file: "test/long/lib/damagedRepository.ts" },
  "restic backup: … the repository could be damaged, run repair index": { words: "the repository could be damaged", file: "test/unit/backup/restic.test.ts" },
  "backup … was proven, and is not any more: …": { words: "was proven, and is not any more", file: "test/long/backupSchedule.test.ts" },
  "The dump is refused: it holds what is neither …": { words: "The dump is refused", file: "test/e2e/backups.test.ts" },
  "the backup of what is there now is not proven, so that is not replaced": { words: "is not proven, so that is not replaced", file: "test/unit/backup/safety.test.ts" },
  "… objects of Storage have no file in the backup": { words: "objects of Storage have no file", file: "test/e2e/backups.test.ts" },
  "Vault's root key is not in the backup": { words: "Vault's root key is not in the backup", file: "test/unit/backup/prove.test.ts" },
};

/** Of these the words are restic's own, in whole or behind ours; one has a signal's name in it. All others are the program's, to the letter. */
const OTHERS = [
  "was ended by a signal (SIGKILL)",
  "repository is already locked by PID",
  "wrong password or no key found",
  "The repository can not be opened: Fatal: config or key",
  "counts no more: its snapshot",
  "the repository could be damaged",
];
const program = globSync(join(root, "images", "backup", "*.ts")).map((file) => readFileSync(file, "utf8")).join("\n");

test("the page has these, and no other", () => expect(documented).toEqual(Object.keys(TESTS)));

test.each(Object.entries(TESTS))("%s", (message, { words, file }) => {
  expect(message).toContain(words.replace("The scratch Postgres went", "went").split("Fatal: ").at(-1)!.split(":")[0]);
  expect([words, program.includes(words)]).toEqual([words, !OTHERS.includes(words)]);
  const text = readFileSync(join(root, file), "utf8");
  expect(text.slice(file.endsWith("/backupMessages.test.ts") ? text.indexOf("those that only rare") : 0)).toContain(words);
});

describe("those that only rare faults make", () => {
  let folder: string;
  const path = process.env.PATH;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "backup-messages-"));
    const places = { STATE: folder, STAGING: folder, READ_BACK: folder, PROOF: folder, SCRATCH: folder, SCRATCH_SOCKET: folder, FILES: folder, PULUMI_STATE: join(folder, "pulumi.json"), VAULT: folder };
    const folders = { filesFolder: (name: string) => join(folder, name), restoringFolder: (name: string) => join(folder, `.restoring-${name}`), replacedFolder: (name: string) => join(folder, `.replaced-${name}`), savingFolder: (name: string) => join(folder, `.saving-${name}`), objectPath: String };
    jest.unstable_mockModule("../../../images/backup/places.ts", () => ({ ...places, ...folders }));
    mkdirSync(join(folder, "bin"));
    process.env.PATH = `${join(folder, "bin")}${delimiter}${path}`;
  });
  afterAll(() => {
    process.env.PATH = path;
    rmSync(folder, { recursive: true });
  });

  function restic(script: string): void {
    writeFileSync(join(folder, "bin", "restic"), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, "bin", "restic"), 0o755);
  }

  test("another repository where this server's was", async () => {
    const { openRepository } = await import("../../../images/backup/repository.ts");
    writeFileSync(join(folder, "repository.json"), '{ "id": "0123456789" }');
    restic(`echo '{"id":"another"}'`);
    await expect(openRepository({ say: () => {} })).rejects.toThrow("Another repository stands where this server's was: the backups that this server made (01234567) are not in it.");
  });

  test("a lock of another computer's", async () => {
    const { size } = await import("../../../images/backup/restic.ts");
    restic(`echo 'unable to create lock in backend: repository is already locked by PID 12 on elsewhere by root (UID 0, GID 0)' >&2; exit 11`);
    await expect(size("a")).rejects.toThrow(/repository is already locked by PID 12 on elsewhere/);
  });

  const project = { name: "blog", database: "blog", restoringDatabase: "blog.restoring", replacedDatabase: "blog.replaced" } as unknown as BackupProject;
  const settings = { postgres: { host: "127.0.0.1", port: 1, superuser: { user: "supabase_admin", password: "" } } } as unknown as Settings;

  test("a restore that has not ended keeps everything else from the project", async () => {
    const { requireWhole, writeJournal } = await import("../../../images/backup/journal.ts");
    await writeJournal({ project, backup: "20260101T030000Z", phase: "in" });
    await expect(requireWhole("blog")).rejects.toThrow("blog: its restore of backup 20260101T030000Z has not ended (phase in).");
    rmSync(join(folder, "journal"), { recursive: true });
  });

  test("Postgres goes away when the exchange has begun", async () => {
    const nothing = async () => {};
    jest.unstable_mockModule("../../../images/backup/backup.ts", () => ({ backUp: nothing }));
    jest.unstable_mockModule("../../../images/backup/prove.ts", () => ({ snapshotOf: nothing, withReadBack: nothing }));
    jest.unstable_mockModule("../../../images/backup/renamed.ts", () => ({ renamed: nothing }));
    jest.unstable_mockModule("../../../images/backup/room.ts", () => ({ requireRoomToRestore: nothing }));
    jest.unstable_mockModule("../../../images/backup/catalog.ts", () => ({ manifests: async () => [], isProven: () => true, notProven: String }));
    jest.unstable_mockModule("../../../images/backup/restic.ts", () => ({ size: async () => 0 }));
    const { restore } = await import("../../../images/backup/restore.ts");
    const manifest = { id: "20260101T030000Z", project: "blog", dump: { bytes: 0 } } as unknown as Manifest;
    await expect(restore({ settings, project, manifest, dryRun: false, withoutSafetyBackup: true, say: () => {} })).rejects.toThrow(
      /^the exchange has begun and is not done: .+\. It is tried again every half minute, until it is done/s,
    );
  });

  test("a scratch Postgres that does not start, and one that is another in the middle", async () => {
    const times = ["before", "after"];
    jest.unstable_mockModule("../../../images/backup/postgres.ts", () => ({ withClient: async () => times.shift() }));
    const { withScratch } = await import("../../../images/backup/scratch.ts");
    const wanted = join(folder, "wanted");
    // As scratch.sh answers: with the word that it was asked by.
    const answered = (name: string, why: string, use = async () => {}) => {
      const asked = withScratch(use);
      const answer = setInterval(() => existsSync(wanted) && writeFileSync(join(folder, name), `${readFileSync(wanted, "utf8")}${why}`), 20);
      return asked.finally(() => clearInterval(answer));
    };
    await expect(answered("failed", "\ninitdb: no room")).rejects.toThrow("The scratch Postgres does not start: initdb: no room");
    const cut = () => Promise.reject(new Error("Connection terminated unexpectedly"));
    await expect(answered("ready", "", cut)).rejects.toThrow(/^The scratch Postgres went away in the middle: Connection terminated/);
  });
});
