// A repository by SFTP: restic starts `ssh`, which finds in files of its own what the setting `backupEnvironment` brought.
import { mkdir, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * The server's key is one that we were given, or nothing is sent. Alive as restic advises for a repository that is slow to answer
 * (https://restic.readthedocs.io/en/stable/030_preparing_a_new_repo.html#sftp).
 */
const CONFIG = `Host *
  IdentityFile ~/.ssh/repository
  IdentitiesOnly yes
  UserKnownHostsFile ~/.ssh/known_hosts
  StrictHostKeyChecking yes
  BatchMode yes
  ConnectTimeout 30
  ServerAliveInterval 60
  ServerAliveCountMax 240
`;

/** @param env with `SSH_PRIVATE_KEY` and `SSH_KNOWN_HOSTS`, as their files would hold them; secret. Without them nothing is done */
export async function prepareSsh(env: Record<string, string | undefined> = process.env, home = homedir()): Promise<void> {
  const { SSH_PRIVATE_KEY: key, SSH_KNOWN_HOSTS: hosts } = env;
  if (key === undefined || hosts === undefined) return;
  const folder = join(home, ".ssh");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await write(join(folder, "repository"), asLines(key));
  await write(join(folder, "known_hosts"), asLines(hosts));
  await write(join(folder, "config"), CONFIG);
}

/** ssh takes no key whose last line does not end, and none with a carriage return. */
const asLines = (text: string): string => `${text.replaceAll("\r\n", "\n").trim()}\n`;

/** Two jobs may do this at once. */
async function write(path: string, text: string): Promise<void> {
  await writeFile(`${path}.${process.pid}`, text, { mode: 0o600 });
  await rename(`${path}.${process.pid}`, path);
}
