import { expect, test } from "@jest/globals";
import { availableMemory, shortOfRoom } from "../../../images/backup/room.ts";

test("free memory, in MB; where nobody says, it is no reason", () => {
  expect(availableMemory("MemTotal: 4000 kB\nMemAvailable:    1000000 kB\n")).toBe(1024);
  expect(availableMemory("")).toBe(Infinity);
});

test("what is wanted of one disk is added up; of others it is not", () => {
  const need = (of: string, disk: string, wanted: number) => ({ of, disk, free: 10e6, wanted });
  expect(shortOfRoom([need("A", "1", 6e6), need("B", "2", 6e6)])).toBeUndefined();
  expect(shortOfRoom([need("A", "1", 6e6), need("B", "2", 1e6), need("C", "1", 6e6)])).toBe(
    "the disk of A, C has 10 MB left, and this may need 12 MB. Make room, then run the same command again",
  );
});
