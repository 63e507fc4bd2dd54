import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareSsh } from "../../../images/backup/ssh.ts";

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "indie-ventures-ssh-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\r\nb3Blbn\r\n-----END OPENSSH PRIVATE KEY-----";

test("ssh finds the key and the server's, in files for us alone, and asks nobody", async () => {
  await prepareSsh({ SSH_PRIVATE_KEY: KEY, SSH_KNOWN_HOSTS: "nas.example.com ssh-ed25519 AAAA" }, home);
  const folder = join(home, ".ssh");
  expect((await readdir(folder)).sort()).toEqual(["config", "known_hosts", "repository"]);
  for (const file of await readdir(folder)) expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  // As ssh wants it: lines that end, without carriage returns.
  expect(await readFile(join(folder, "repository"), "utf8")).toBe("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn\n-----END OPENSSH PRIVATE KEY-----\n");
  expect(await readFile(join(folder, "known_hosts"), "utf8")).toBe("nas.example.com ssh-ed25519 AAAA\n");
  expect(await readFile(join(folder, "config"), "utf8")).toMatch(/StrictHostKeyChecking yes[^]*BatchMode yes/);
});

test("without them nothing is written", async () => {
  await prepareSsh({ SSH_PRIVATE_KEY: KEY }, home);
  expect(await readdir(home)).toEqual([]);
});
