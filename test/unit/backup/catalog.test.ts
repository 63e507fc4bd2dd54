import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Manifest } from "../../../images/backup/manifest.ts";
import type { Snapshot } from "../../../images/backup/restic.ts";
import { placesIn } from "./placesIn.ts";

let folder: string;
/** What the repository has: snapshots, and the manifests of their proofs; undefined where one can not be read. */
let repository: Snapshot[];
let proofs: Record<string, Manifest | undefined>;
let said: string[];
/** What another process does before a file is written. */
let meanwhile: () => void;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "catalog-"));
  process.env.STACK = "prod";
  const files = await import("../../../images/backup/files.ts");
  jest.unstable_mockModule("../../../images/backup/files.ts", () => ({ ...files, writeJson: async (...args: [string, unknown]) => (meanwhile(), files.writeJson(...args)) }));
  jest.unstable_mockModule("../../../images/backup/places.ts", () => placesIn(folder));
  jest.unstable_mockModule("../../../images/backup/restic.ts", () => ({
    ...{ repositoryId: async () => "0123456789", snapshots: async () => repository, unlockStale: async () => {}, place: () => "somewhere" },
    readTags: ({ tags = [] }: Snapshot) => Object.fromEntries(tags.map((tag) => tag.split("=", 2))),
    readFile: async (id: string) => {
      if (proofs[id] === undefined) throw new Error("pack 12ab is damaged");
      return JSON.stringify(proofs[id]);
    },
  }));
});
afterAll(() => {
  delete process.env.STACK;
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  [repository, proofs, said, meanwhile] = [[], {}, [], () => {}];
  rmSync(join(folder, "state"), { recursive: true, force: true });
});

const PROVEN = "2026-11-22T03:10:00.000Z";
const manifest = (day: number, changes: Partial<Manifest> = {}): Manifest =>
  ({ project: "blog", id: `202611${day}T030000Z`, stack: "prod", kind: "scheduled", begun: `2026-11-${day}T03:00:00.000Z`, level: 3, proven: PROVEN, faults: [], ...changes }) as Manifest;

/** @param parts of it that are there @param proof what its proof says; undefined: that can not be read */
function inRepository({ project, id }: Manifest, parts: string[], proof: Manifest | undefined): void {
  for (const part of parts) repository.push({ id: `${id} ${part}`, tree: part, time: "", hostname: "prod", paths: [], tags: [`project=${project}`, `backup=${id}`, `part=${part}`] });
  proofs[`${id} proof`] = proof;
}
const ALL = ["before", "set", "proof"];

function known(all: Manifest[], unread: number): void {
  mkdirSync(join(folder, "state", "catalog", "blog"), { recursive: true });
  for (const each of all) writeFileSync(join(folder, "state", "catalog", "blog", `${each.id}.json`), JSON.stringify(each));
  writeFileSync(join(folder, "state", "repository.json"), JSON.stringify({ id: "0123456789", unread }));
}

async function levels(): Promise<[id: string, level: number][]> {
  const { manifests } = await import("../../../images/backup/catalog.ts");
  const { openRepository } = await import("../../../images/backup/repository.ts");
  await openRepository({ say: (line) => said.push(line) });
  return (await manifests("blog")).map(({ id, level }) => [id.slice(6, 8), level]);
}

test("on the first reading, a backup of which a part is missing does not count, whatever its proof says", async () => {
  inRepository(manifest(22), ["before", "proof"], manifest(22));
  inRepository(manifest(21), ALL, manifest(21));
  expect(await levels()).toEqual([["22", 0], ["21", 3]]);
  expect(said).toContain('blog: backup 20261122T030000Z counts no more: its snapshot "set" is not in the repository, or can not be read there');
});

test("it is noted when that was found, from which on it stays for a week: what can not be read at this moment may be whole", async () => {
  known([manifest(22)], 0);
  inRepository(manifest(22), ["before", "proof"], manifest(22));
  const before = new Date().toISOString();
  expect(await levels()).toEqual([["22", 0]]);
  const { manifests } = await import("../../../images/backup/catalog.ts");
  const [found] = await manifests("blog");
  expect([found!.wasProven, found!.proven! >= before]).toEqual([true, true]);
});

test("the same while the proof of another can not be read, which is said each time", async () => {
  known([manifest(22)], 1);
  inRepository(manifest(22), ["before", "proof"], manifest(22));
  inRepository(manifest(21), ALL, undefined);
  expect(await levels()).toEqual([["22", 0]]);
  expect(said).toContain("blog: backup 20261121T030000Z is left out, as its proof can not be read: pack 12ab is damaged");
});

test("what was found broken here stays so when the repository is read again, until it was proven after that", async () => {
  const later = { proven: "2026-11-23T09:00:00.000Z" };
  known([manifest(22, { level: 1, faults: ["broken"], ...later }), manifest(21, { level: 0, faults: ["a part is gone"] }), manifest(20, { level: 1, faults: ["broken"] })], 1);
  inRepository(manifest(22), ALL, manifest(22));
  inRepository(manifest(21), ALL, manifest(21));
  inRepository(manifest(20), ALL, manifest(20, later));
  expect(await levels()).toEqual([["22", 1], ["21", 0], ["20", 3]]);
});

test("what is known here stays, where its proof was hindered or can not be read any more", async () => {
  known([manifest(22, { level: 0, proven: undefined }), manifest(21)], 1);
  inRepository(manifest(22), ["before", "set"], undefined);
  inRepository(manifest(21), ALL, undefined);
  expect(await levels()).toEqual([["22", 0], ["21", 3]]);
});

describe("what another stack has made since the repository was read", () => {
  const theirs = manifest(23, { stack: "staging" });
  const add = (proof: Manifest | undefined, tagged = theirs) => {
    known([manifest(22)], 0);
    inRepository(manifest(22), ALL, manifest(22));
    inRepository(tagged, ALL, proof);
  };

  test("is known with the next job, as whose it is", async () => {
    add(theirs);
    expect(await levels()).toEqual([["23", 3], ["22", 3]]);
    const { manifests } = await import("../../../images/backup/catalog.ts");
    expect((await manifests("blog"))[0]!.stack).toBe("staging");
    // And is read once.
    proofs = {};
    expect([await levels(), said]).toEqual([[["23", 3], ["22", 3]], []]);
  });

  test("by the later of two proofs", async () => {
    add(theirs);
    repository.push({ ...repository.at(-1)!, id: "later" });
    proofs.later = { ...theirs, level: 2, proven: "2026-11-24T03:10:00.000Z" };
    expect(await levels()).toEqual([["23", 2], ["22", 3]]);
  });

  test("is left out where it can not be read, or speaks of another, and keeps nobody from his job", async () => {
    add(undefined);
    expect(await levels()).toEqual([["22", 3]]);
    proofs[`${theirs.id} proof`] = manifest(22, { level: 1, proven: "2026-11-25T00:00:00.000Z" });
    expect(await levels()).toEqual([["22", 3]]);
    proofs[`${theirs.id} proof`] = { ...theirs, stack: 5 } as unknown as Manifest;
    expect(await levels()).toEqual([["22", 3]]);
    const none = "blog: backup 20261123T030000Z is left out, as its proof is none of ours: snapshot 20261123T030000Z proof";
    expect(said).toEqual(["blog: backup 20261123T030000Z is left out, as its proof can not be read: pack 12ab is damaged", none, none]);
  });
});

test("which was the newest of each project is kept from the first reading on, also where the rest is read later", async () => {
  inRepository(manifest(22), ALL, undefined);
  inRepository(manifest(21), ALL, manifest(21));
  const kept = () => JSON.parse(readFileSync(join(folder, "state", "repository.json"), "utf8"));
  await levels();
  expect(kept()).toEqual({ id: "0123456789", unread: 1, found: { blog: manifest(21).id } });
  proofs[`${manifest(22).id} proof`] = manifest(22);
  expect(await levels()).toEqual([["22", 3], ["21", 3]]);
  expect(kept()).toEqual({ id: "0123456789", unread: 0, found: { blog: manifest(21).id } });
});

test("of another repository nothing that is known here counts", async () => {
  const { openRepository } = await import("../../../images/backup/repository.ts");
  known([manifest(22)], 0);
  writeFileSync(join(folder, "state", "repository.json"), JSON.stringify({ id: "another" }));
  await openRepository({ isNew: true, say: () => {} });
  expect(await levels()).toEqual([]);
});

test("what is written of the projects is never older than what another process told of them and wrote meanwhile", async () => {
  const { writeStatus } = await import("../../../images/backup/catalog.ts");
  const projects = join(folder, "state", "projects");
  mkdirSync(projects, { recursive: true });
  for (const name of ["blog", "shop"]) {
    meanwhile = () => writeFileSync(join(projects, `${name}.json`), "{}");
    await writeStatus();
    expect(Object.keys(JSON.parse(readFileSync(join(folder, "state", "status.json"), "utf8")))).toContain(name);
  }
});
