import { mkdir, mkdtemp, open, readdir, rename, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** An empty folder, in one of its own. */
export async function newRepository(): Promise<string> {
  const repository = join(await mkdtemp(join(tmpdir(), "indie-ventures-e2e-repository-")), "repository");
  await mkdir(repository);
  return repository;
}

/** Undoes what a test did to a repository. */
type Back = () => Promise<void>;

/** Bytes of a repository's data among which one is turned around: a prune puts what several backups have into one file, and each is to be hit. */
const EACH = 8 * 1024;

/** Turns bytes all over a file of data around. */
export const corruptFile = (path: string): Promise<Back> => turned(path, (size) => Math.ceil(size / EACH));

/** Turns bytes all over each file of data around. */
export async function corrupt(repository: string): Promise<Back> {
  const packs = (await readdir(join(repository, "data"), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const backs = await Promise.all(packs.map(({ parentPath, name }) => corruptFile(join(parentPath, name))));
  return async () => {
    for (const back of backs) await back();
  };
}

/** Turns a byte in the middle around. */
export const flip = (path: string): Promise<Back> => turned(path, () => 1);

/** Of so many parts of a file the byte in the middle is turned around. */
async function turned(path: string, parts: (size: number) => number): Promise<Back> {
  const turn = async () => {
    const file = await open(path, "r+");
    const { size } = await file.stat();
    const count = parts(size);
    const byte = Buffer.alloc(1);
    for (let part = 0; part < count; part++) {
      const at = Math.floor(((part + 0.5) * size) / count);
      await file.read(byte, 0, 1, at);
      await file.write(Buffer.from([byte[0]! ^ 0xff]), 0, 1, at);
    }
    await file.close();
  };
  await turn();
  return turn;
}

/** An empty folder in its place, as of a disk that is not mounted. The container has the folder itself mounted, so what is in it moves. */
export async function takeAway(repository: string): Promise<Back> {
  const away = `${repository}.away`;
  const move = async (from: string, to: string) => {
    for (const entry of await readdir(from)) await rename(join(from, entry), join(to, entry));
  };
  await mkdir(away);
  await move(repository, away);
  return async () => {
    await move(away, repository);
    await rmdir(away);
  };
}
