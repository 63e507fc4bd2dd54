// Writes the tar of a project that leaves, as it is made: stored files go from the repository into it, with no copy on the disk between.
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { type Readable, Transform, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { extract, type Headers, pack, type Pack } from "tar-stream";
import { missingPaths, pathsOf, type StoredObjects } from "./objects.ts";
import { PathSet } from "./pathSet.ts";
import * as restic from "./restic.ts";
import { Stop } from "./stop.ts";

/** GNU tar's and libarchive's word for an extended attribute of a file, and restic's too (restic internal/dump/tar.go). */
const ATTRIBUTE = "SCHILY.xattr.";
/** Those that anyone may have; others are the server's own, such as SELinux's. */
const KEPT_ATTRIBUTE = `${ATTRIBUTE}user.`;

declare module "tar-stream" {
  interface Headers {
    /** Records of POSIX's extended format: read, and written, by the library; @types/tar-stream does not know them. */
    pax?: Record<string, string>;
  }
}

export interface WriterArgs {
  /** The folder that all of it is in. */
  folder: string;
  /** The time of what has none of its own. */
  time: Date;
}

/** A tar that goes out as it is written, with the SHA-256 of each file at its end. */
export class ArchiveWriter {
  private readonly args: WriterArgs;
  private readonly tar: Pack = pack();
  private readonly sums: string[] = [];
  private readonly written: Promise<void>;

  constructor(output: Writable, args: WriterArgs) {
    this.args = args;
    this.written = pipeline(this.tar, output);
    // It is waited for at the end; until then a failure shows at whoever writes, whose stream is destroyed with it.
    this.written.catch(() => {});
  }

  text(name: string, content: string, mode = 0o600): Promise<void> {
    const bytes = Buffer.from(content);
    return this.entry({ name, mode, size: bytes.length, mtime: this.args.time }, [bytes]);
  }

  async file(name: string, path: string): Promise<void> {
    return this.entry({ name, mode: 0o600, size: (await stat(path)).size, mtime: this.args.time }, createReadStream(path));
  }

  /** @param content exactly as many bytes as the header says */
  async entry(header: Headers, content: Iterable<Buffer> | Readable): Promise<void> {
    const hash = createHash("sha256");
    const sink = this.tar.entry({ uid: 0, gid: 0, ...header, name: `${this.args.folder}/${header.name}` });
    await pipeline(content, hashing(hash), sink);
    this.sums.push(sumLine(hash.digest("hex"), header.name));
  }

  /** Ends it. @throws Error where not all of it could be written */
  async end(): Promise<void> {
    await this.text("SHA256SUMS", this.sums.join(""));
    this.tar.finalize();
    await this.written;
  }
}

const hashing = (hash: Hash): Transform =>
  new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });

/** As sha256sum writes and reads a line: a name with a line break or a backslash is escaped, and the line says so (coreutils, "cksum output modes"). */
export function sumLine(sum: string, name: string): string {
  const escaped = name.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
  return `${escaped === name ? "" : "\\"}${sum}  ${escaped}\n`;
}

export interface StoredFilesArgs {
  /** Of the repository; what the first has, the others need not. */
  snapshots: readonly string[];
  /** The folder of the project's files in them. */
  folder: string;
  /** What is to be in the archive. */
  wanted: StoredObjects;
  /** The folder in the archive. */
  into: string;
}

/** @throws Stop where one of them is in no snapshot */
export async function writeStoredFiles(archive: ArchiveWriter, { snapshots, folder, wanted, into }: StoredFilesArgs): Promise<void> {
  const paths = await PathSet.of(pathsOf(wanted));
  let left = paths.size;
  for (const snapshot of snapshots) {
    if (left === 0) break;
    await restic.readTar(snapshot, folder, async (tar) => {
      for await (const entry of tar.pipe(extract())) {
        const path = entry.header.name.replace(/^\/+/, "");
        const isWanted = entry.header.type === "file" && paths.take(path);
        if (isWanted) left--;
        if (isWanted) await archive.entry({ ...storedHeader(entry.header), name: `${into}/${path}` }, entry);
        else entry.resume();
      }
    });
  }
  if (left === 0) return;
  const { count, first } = await missingPaths(pathsOf(wanted), (path) => paths.isTaken(path));
  throw new Stop(`${count} stored files are missing in the backup, such as ${JSON.stringify(first)}`);
}

function storedHeader({ size, mtime, pax }: Headers): Omit<Headers, "name"> {
  const attributes = Object.entries(pax ?? {}).filter(([key]) => key.startsWith(KEPT_ATTRIBUTE));
  return { size, mtime, mode: 0o644, ...(attributes.length === 0 ? {} : { pax: Object.fromEntries(attributes) }) };
}
