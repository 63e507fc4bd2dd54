import type { Archive, TocEntry } from "../../../images/backup/archive.ts";

/** The other way round: what pg_dump 17 would have written (WriteHead, WriteToc). */
export function archiveBytes({ database, serverVersion, dumpVersion, entries }: Archive): Buffer {
  const head = Buffer.concat([Buffer.from("PGDMP"), Buffer.from([1, 16, 0, 4, 8, 1, 0])]);
  const made = [0, 0, 12, 23, 10, 126, 0].map(integer);
  const names = [database, serverVersion, dumpVersion].map(string);
  return Buffer.concat([head, ...made, ...names, integer(entries.length), ...entries.map(entryBytes)]);
}

function integer(value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes[0] = value < 0 ? 1 : 0;
  bytes.writeUInt32LE(Math.abs(value), 1);
  return bytes;
}

const string = (text?: string): Buffer => (text === undefined ? integer(-1) : Buffer.concat([integer(Buffer.byteLength(text)), Buffer.from(text)]));

const entryBytes = ({ dumpId, desc, tag, namespace, owner, defn, dropStmt, copyStmt }: TocEntry): Buffer =>
  Buffer.concat([
    ...[integer(dumpId), integer(1), string("1259"), string("16384"), string(tag), string(desc), integer(3), string(defn), string(dropStmt), string(copyStmt)],
    ...[string(namespace), string(undefined), string("heap"), integer(114), string(owner), string("false"), string("1"), string(undefined), Buffer.alloc(9)],
  ]);
