// A server by SSH: the docker CLI and Pulumi's docker plugin both start `ssh`, and neither takes a key.
import { accessSync, chmodSync, constants, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { shellQuote } from "../decide.ts";
import { Stop } from "../report.ts";
import type { Env } from "../run.ts";

export interface Ssh {
  /** To be removed in the end: the key is in it. */
  folder: string;
  /** To be the first of PATH. */
  bin: string;
}

/** An `ssh` that knows the key, and no other server than the one it was told of. Undefined where there is no key: then ssh has its own. */
export function sshPrograms({ SSH_PRIVATE_KEY: key, SSH_KNOWN_HOSTS: hosts, PATH = "" }: Env): Ssh | undefined {
  if (key === undefined || hosts === undefined) return undefined;
  const ssh = PATH.split(delimiter).map((folder) => join(folder, "ssh")).find(isProgram);
  if (ssh === undefined) throw new Stop("DOCKER_HOST is reached by SSH, and there is no program `ssh` on PATH.");
  const folder = mkdtempSync(join(tmpdir(), "indie-ventures-ssh-"));
  const bin = join(folder, "bin");
  mkdirSync(bin);
  // ssh refuses a key without the last line's end, which a form for secrets takes off.
  writeFileSync(join(folder, "key"), `${key.trim()}\n`, { mode: 0o600 });
  writeFileSync(join(folder, "known_hosts"), `${hosts.trim()}\n`);
  const options = ["-i", join(folder, "key"), ...["IdentitiesOnly=yes", "BatchMode=yes", "StrictHostKeyChecking=yes", `UserKnownHostsFile=${join(folder, "known_hosts")}`].flatMap((option) => ["-o", option])];
  writeFileSync(join(bin, "ssh"), `#!/bin/sh\nexec ${[ssh, ...options].map(shellQuote).join(" ")} "$@"\n`);
  chmodSync(join(bin, "ssh"), 0o755);
  return { folder, bin };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
