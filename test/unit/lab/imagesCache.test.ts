import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { cached, cacheFolder, dropOldArchives } from "../../lab/images/cache.ts";
import { withLock } from "../../lab/images/lock.ts";

let folder: string;
let before: string | undefined;

beforeEach(() => {
  before = process.env.XDG_CACHE_HOME;
  folder = mkdtempSync(join(tmpdir(), "images-cache-"));
  process.env.XDG_CACHE_HOME = folder;
});

afterEach(() => {
  if (before === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = before;
  rmSync(folder, { recursive: true });
});

test("the cache is where XDG_CACHE_HOME says, else in ~/.cache", () => {
  expect(cacheFolder({ XDG_CACHE_HOME: "/x" })).toBe("/x/indie-ventures/images");
  expect(cacheFolder({ XDG_CACHE_HOME: "" })).toMatch(/\/\.cache\/indie-ventures\/images$/);
});

test("a file that fails while it is made is not there, and nothing is left of it", async () => {
  const path = join(cacheFolder(), "file");
  const half = async (made: string) => {
    await writeFile(made, "half");
    throw new Error("killed");
  };
  await expect(cached(path, half)).rejects.toThrow("killed");
  expect(existsSync(path)).toBe(false);
  expect(readdirSync(cacheFolder())).toEqual([]);
});

test("a file is not seen before it is whole, and is made once", async () => {
  const path = join(cacheFolder(), "file");
  let seen = false;
  const make = async (made: string) => {
    await writeFile(made, "whole");
    seen = existsSync(path);
  };
  await cached(path, make);
  await cached(path, () => Promise.reject(new Error("made again")));
  expect(seen).toBe(false);
  expect(readFileSync(path, "utf8")).toBe("whole");
});

test("of two that make a folder at once the first stays and both have it", async () => {
  const path = join(cacheFolder(), "folder");
  const make = (text: string, milliseconds: number) => async (made: string) => {
    const { mkdir } = await import("node:fs/promises");
    await mkdir(made);
    await writeFile(join(made, "file"), text);
    await sleep(milliseconds);
  };
  await Promise.all([cached(path, make("slow", 100)), cached(path, make("quick", 10))]);
  expect(readFileSync(join(path, "file"), "utf8")).toBe("quick");
});

test("of the copies the four newest of that service stay", async () => {
  await cached(join(cacheFolder(), "lab-rest-1.tar.zst"), (made) => writeFile(made, ""));
  for (let age = 0; age < 6; age++) {
    const path = join(cacheFolder(), `lab-auth-${age}.tar.zst`);
    writeFileSync(path, "");
    utimesSync(path, 1_000_000 - age, 1_000_000 - age);
  }
  await dropOldArchives("auth");
  expect(readdirSync(cacheFolder()).toSorted()).toEqual([
    "lab-auth-0.tar.zst", "lab-auth-1.tar.zst", "lab-auth-2.tar.zst", "lab-auth-3.tar.zst", "lab-rest-1.tar.zst",
  ]);
});

test("two with one lock run one after the other, and the lock is free after an error", async () => {
  const name = `test-${process.pid}-${Math.random()}`;
  const events: string[] = [];
  const first = withLock(name, () => events.push("first waits"), async () => {
    events.push("first starts");
    await sleep(50);
    events.push("first ends");
    throw new Error("first fails");
  });
  const second = withLock(name, () => events.push("second waits"), async () => events.push("second starts"));
  await expect(first).rejects.toThrow("first fails");
  await second;
  expect(events).toEqual(["first starts", "second waits", "first ends", "second starts"]);
});
