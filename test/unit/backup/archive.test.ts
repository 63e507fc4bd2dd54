import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Archive, readArchive } from "../../../images/backup/archive.ts";
import { archiveBytes } from "./archiveBytes.ts";

const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });
const entry = fc.record({
  dumpId: fc.nat(),
  desc: fc.constantFrom("TABLE", "TABLE DATA", "ACL", "EXTENSION"),
  tag: name,
  namespace: fc.option(name, { nil: undefined }),
  owner: name,
  defn: name,
  dropStmt: name,
  copyStmt: fc.option(name, { nil: undefined }),
});
const archive: fc.Arbitrary<Archive> = fc.record({ database: name, serverVersion: name, dumpVersion: name, entries: fc.array(entry, { maxLength: 20 }) });

describe("a dump's list", () => {
  test("is read as it was written, whatever is in the names", () => {
    fc.assert(fc.property(archive, (written) => expect(readArchive(Buffer.concat([archiveBytes(written), Buffer.from("data")]))).toEqual(written)));
  });

  test("that ends too early is refused, wherever it ends", () => {
    fc.assert(
      fc.property(archive, fc.nat(), (written, at) => {
        const bytes = archiveBytes(written);
        expect(() => readArchive(bytes.subarray(0, at % bytes.length))).toThrow(/no dump|ends within its list/);
      }),
    );
  });

  test("that was changed anywhere is another list or refused, and never hangs", () => {
    fc.assert(
      fc.property(archive, fc.nat(), fc.integer({ min: 1, max: 255 }), (written, at, change) => {
        const bytes = archiveBytes(written);
        bytes[at % bytes.length]! ^= change;
        try {
          readArchive(bytes);
        } catch (error) {
          expect((error as Error).message).toMatch(/^th(is|e) .*(dump|list)/);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ["no dump", Buffer.from("-- PostgreSQL database dump"), "this is no dump in pg_dump's custom format"],
    ["of a format to come", Buffer.from("PGDMP\x01\x63\x00\x04\x08\x01\x00"), "the dump has format 1.99, and only 1.15 and 1.16 are known here"],
    ["a tar", Buffer.from("PGDMP\x01\x10\x00\x04\x08\x03\x00"), "the dump is not in pg_dump's custom format"],
  ])("%s", (_, bytes, message) => {
    expect(() => readArchive(bytes)).toThrow(message);
  });
});
