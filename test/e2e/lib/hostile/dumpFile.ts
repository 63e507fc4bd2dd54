// A dump in pg_dump's custom format, read as a whole so that it can be edited: what somebody with the repository's password could put into its place.
// Source: postgres src/bin/pg_dump/pg_backup_archiver.c (WriteHead, WriteToc, WriteOffset), REL_17_STABLE; format 1.16.

/** In the order of the file. Undefined is NULL. */
export interface DumpEntry {
  dumpId: number;
  hasData: number;
  catalog: string | undefined;
  oid: string | undefined;
  tag: string | undefined;
  desc: string | undefined;
  section: number;
  defn: string | undefined;
  dropStmt: string | undefined;
  copyStmt: string | undefined;
  namespace: string | undefined;
  tablespace: string | undefined;
  accessMethod: string | undefined;
  relkind: number;
  owner: string | undefined;
  withOids: string | undefined;
  dependencies: string[];
  /** One of {@link OFFSET}. */
  offset: number;
}

export const OFFSET = { notSet: 1, set: 2, noData: 3 };

export interface DumpFile {
  /** To the number of entries. */
  head: Buffer;
  entries: DumpEntry[];
  data: Buffer;
}

/** Signature, three bytes of version, sizes of integers and offsets, format, compression. */
const SIGNATURE = 5 + 3 + 2 + 1 + 1;

export function parseDump(bytes: Buffer): DumpFile {
  if (bytes.subarray(0, 8).toString("latin1") !== "PGDMP\x01\x10\x00" || bytes[8] !== 4 || bytes[9] !== 8) throw new Error("this is no dump of pg_dump 17");
  let at = SIGNATURE;
  const integer = () => {
    const value = bytes.readUInt32LE(at + 1) * (bytes[at] === 0 ? 1 : -1);
    at += 5;
    return value;
  };
  const string = () => {
    const length = integer();
    if (length < 0) return undefined;
    at += length;
    return bytes.subarray(at - length, at).toString("utf8");
  };
  const list = () => {
    const found: string[] = [];
    for (let each = string(); each !== undefined; each = string()) found.push(each);
    return found;
  };
  const byte = () => bytes[at++]!;
  for (let field = 0; field < 7; field++) integer();
  for (let name = 0; name < 3; name++) string();
  const head = bytes.subarray(0, at);
  const count = integer();
  const entries = Array.from({ length: count }, (): DumpEntry => {
    const [dumpId, hasData, catalog, oid, tag, desc, section] = [integer(), integer(), string(), string(), string(), string(), integer()];
    const [defn, dropStmt, copyStmt, namespace, tablespace, accessMethod] = [string(), string(), string(), string(), string(), string()];
    const [relkind, owner, withOids, dependencies, offset] = [integer(), string(), string(), list(), byte()];
    at += 8;
    return { dumpId, hasData, catalog, oid, tag, desc, section, defn, dropStmt, copyStmt, namespace, tablespace, accessMethod, relkind, owner, withOids, dependencies, offset };
  });
  return { head, entries, data: bytes.subarray(at) };
}

function integer(value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes[0] = value < 0 ? 1 : 0;
  bytes.writeUInt32LE(Math.abs(value), 1);
  return bytes;
}

const string = (text: string | undefined): Buffer => (text === undefined ? integer(-1) : Buffer.concat([integer(Buffer.byteLength(text)), Buffer.from(text)]));

/** Where an entry's data is, is not said: pg_restore then looks for it. */
const renderEntry = (entry: DumpEntry): Buffer =>
  Buffer.concat([
    ...[integer(entry.dumpId), integer(entry.hasData), string(entry.catalog), string(entry.oid), string(entry.tag), string(entry.desc), integer(entry.section)],
    ...[entry.defn, entry.dropStmt, entry.copyStmt, entry.namespace, entry.tablespace, entry.accessMethod].map(string),
    ...[integer(entry.relkind), string(entry.owner), string(entry.withOids), ...entry.dependencies.map(string), string(undefined)],
    Buffer.from([entry.offset === OFFSET.set ? OFFSET.notSet : entry.offset]),
    Buffer.alloc(8),
  ]);

export const renderDump = ({ head, entries, data }: DumpFile): Buffer => Buffer.concat([head, integer(entries.length), ...entries.map(renderEntry), data]);
