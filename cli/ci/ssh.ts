// A server by SSH: the docker CLI and Pulumi's docker plugin both start `ssh`, and neither takes a key.
import { accessSync, chmodSync, constants, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { shellQuote } from "../decide.ts";
import { Stop } from "../report.ts";
import type { Env } from "../run.ts";
import { withTemporaryFolder } from "../temporaryFolder.ts";

/**
 * Work with an `ssh` that knows the key, and no other server than the one it was told of.
 *
 * @param work gets the folder that is to be the first of PATH; undefined where there is no key: then ssh has its own
 * @throws Stop where there is no ssh
 */
export async function withSsh<T>(env: Env, work: (bin: string | undefined) => Promise<T>): Promise<T> {
  const { SSH_PRIVATE_KEY: key, SSH_KNOWN_HOSTS: hosts, PATH = "" } = env;
  if (key === undefined || hosts === undefined) return work(undefined);
  const ssh = PATH.split(delimiter).map((folder) => join(folder, "ssh")).find(isProgram);
  if (ssh === undefined) throw new Stop("DOCKER_HOST is reached by SSH, and there is no program `ssh` on PATH.");
  return withTemporaryFolder(env, "ssh", (folder) => work(writeSsh(folder, { ssh, key, hosts })));
}

function writeSsh(folder: string, { ssh, key, hosts }: Record<"ssh" | "key" | "hosts", string>): string {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  // ssh refuses a key without the last line's end, which a form for secrets takes off.
  writeFileSync(join(folder, "key"), `${key.trim()}\n`, { mode: 0o600 });
  writeFileSync(join(folder, "known_hosts"), `${hosts.trim()}\n`);
  const options = ["-i", join(folder, "key"), ...["IdentitiesOnly=yes", "BatchMode=yes", "StrictHostKeyChecking=yes", `UserKnownHostsFile=${join(folder, "known_hosts")}`].flatMap((option) => ["-o", option])];
  writeFileSync(join(bin, "ssh"), `#!/bin/sh\nexec ${[ssh, ...options].map(shellQuote).join(" ")} "$@"\n`);
  chmodSync(join(bin, "ssh"), 0o755);
  return bin;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
