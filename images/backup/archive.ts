// The list of contents of a dump in pg_dump's custom format, read from the file itself. `pg_restore --list` prints names as they are, so that a name
// with spaces looks like other fields; and it does not show the SQL of an entry, which is what would run.
// Source: postgres src/bin/pg_dump/pg_backup_archiver.c (ReadHead, ReadToc, ReadInt, ReadStr, ReadOffset), pg_backup_custom.c, REL_17_STABLE.

/** One entry of a dump. */
export interface TocEntry {
  dumpId: number;
  /** Of what kind: `TABLE`, `TABLE DATA`, `ACL` … */
  desc: string;
  /** The object's name, for some kinds with its arguments. */
  tag: string;
  /** The schema that it is in. Undefined where it is in none. */
  namespace?: string;
  /** Empty where the kind has none, such as `EXTENSION`. */
  owner: string;
  /** What makes it. Empty for data. */
  defn: string;
  /** What takes it away. Empty where the kind has none, such as `ACL`. */
  dropStmt: string;
  /** The `COPY` that takes its data. Undefined where it has none. */
  copyStmt?: string;
}

export interface Archive {
  /** Of the database that was dumped. */
  database: string;
  /** Of the server, as it says it: `17.6 (Debian …)`. */
  serverVersion: string;
  /** Of pg_dump. */
  dumpVersion: string;
  entries: TocEntry[];
}

/** Format versions, as `[major, minor]`, that the parser knows: of Postgres 16 (1.15) and 17 (1.16). */
const KNOWN_MINORS = [15, 16];
const CUSTOM = 1;
/** No list of ours is near it: more is a broken file, or one that wants our memory. */
const MOST_ENTRIES = 1_000_000;

/**
 * @param bytes the beginning of the dump, to the end of its list at least
 * @throws Error that says what is wrong with the file; no part of its text is in it
 */
export function readArchive(bytes: Buffer): Archive {
  const reader = new Reader(bytes);
  const minor = reader.head();
  reader.seconds();
  const database = reader.string() ?? "";
  const serverVersion = reader.string() ?? "";
  const dumpVersion = reader.string() ?? "";
  const count = reader.integer();
  if (count < 0 || count > MOST_ENTRIES) throw new Error(`the dump's list has an impossible length: ${count}`);
  return { database, serverVersion, dumpVersion, entries: Array.from({ length: count }, () => reader.entry(minor)) };
}

/** There is less of the file than its list says. */
export class CutOff extends Error {}

/** Reads on from where it stands. Whatever reaches beyond the end is an error, not a value. */
class Reader {
  private readonly bytes: Buffer;
  private at = 0;
  private integerSize = 4;
  private offsetSize = 8;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Returns the minor version of the format. */
  head(): number {
    if (this.take(5).toString("latin1") !== "PGDMP") throw new Error("this is no dump in pg_dump's custom format");
    const [major, minor] = [this.byte(), this.byte(), this.byte()];
    if (major !== 1 || !KNOWN_MINORS.includes(minor!)) throw new Error(`the dump has format ${major}.${minor}, and only 1.15 and 1.16 are known here`);
    this.integerSize = this.byte();
    this.offsetSize = this.byte();
    if (![4, 8].includes(this.integerSize) || ![4, 8].includes(this.offsetSize)) throw new Error("the dump's head is damaged");
    if (this.byte() !== CUSTOM) throw new Error("the dump is not in pg_dump's custom format");
    // Which compression.
    this.byte();
    return minor!;
  }

  /** When it was made: seconds, minutes, hours, day, month, year, summer time. */
  seconds(): void {
    for (let field = 0; field < 7; field++) this.integer();
  }

  entry(minor: number): TocEntry {
    const dumpId = this.integer();
    // Whether it has data, and the object's number in the catalogs.
    this.integer();
    this.string();
    this.string();
    const tag = this.string() ?? "";
    const desc = this.string() ?? "";
    // The section.
    this.integer();
    const defn = this.string() ?? "";
    const dropStmt = this.string() ?? "";
    const copyStmt = this.string() || undefined;
    const namespace = this.string() || undefined;
    // Tablespace and access method; from 1.16 on the kind of relation.
    this.string();
    this.string();
    if (minor >= 16) this.integer();
    const owner = this.string() ?? "";
    this.string();
    // What it depends on, to the end of that list; and where its data is.
    while (this.string() !== undefined);
    this.take(1 + this.offsetSize);
    return { dumpId, desc, tag, namespace, owner, defn, dropStmt, copyStmt };
  }

  /** A sign, then the bytes, the lowest first. */
  integer(): number {
    const sign = this.byte();
    let value = 0;
    for (let index = 0; index < this.integerSize; index++) value += this.byte() * 256 ** index;
    if (!Number.isSafeInteger(value)) throw new Error("the dump's list is damaged");
    return sign === 0 ? value : -value;
  }

  /** Undefined for what is NULL there. */
  string(): string | undefined {
    const length = this.integer();
    return length < 0 ? undefined : this.take(length).toString("utf8");
  }

  private byte(): number {
    return this.take(1)[0]!;
  }

  private take(length: number): Buffer {
    if (this.at + length > this.bytes.length) throw new CutOff("the dump ends within its list");
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}
