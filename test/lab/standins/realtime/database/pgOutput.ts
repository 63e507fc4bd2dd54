/** A row's columns as text; null for NULL. */
export type Row = Record<string, string | null | undefined>;

/** Inserts of pgoutput's protocol (https://www.postgresql.org/docs/17/protocol-logicalrep-message-formats.html), not streamed, as text. */
export class PgOutput {
  readonly #relations = new Map<number, string[]>();

  /** @returns the row of an Insert; nothing for what is none */
  read(message: Buffer): Row | undefined {
    if (message[0] === 0x52) this.#relation(message);
    return message[0] === 0x49 ? this.#insert(message) : undefined;
  }

  #relation(message: Buffer): void {
    const id = message.readUInt32BE(1);
    let offset = 5;
    const text = (): string => {
      const end = message.indexOf(0, offset);
      const value = message.toString("utf8", offset, end);
      offset = end + 1;
      return value;
    };
    text();
    text();
    // The replica identity.
    offset += 1;
    const count = message.readUInt16BE(offset);
    offset += 2;
    const names: string[] = [];
    for (let column = 0; column < count; column += 1) {
      offset += 1;
      names.push(text());
      // The type's id and modifier.
      offset += 8;
    }
    this.#relations.set(id, names);
  }

  #insert(message: Buffer): Row | undefined {
    const names = this.#relations.get(message.readUInt32BE(1));
    if (names === undefined) return undefined;
    // After the id and an "N" for the new row: the number of columns.
    let offset = 8;
    const row: Row = {};
    for (const name of names.slice(0, message.readUInt16BE(6))) {
      const kind = message[offset];
      offset += 1;
      if (kind !== 0x74) {
        row[name] = null;
        continue;
      }
      const size = message.readUInt32BE(offset);
      row[name] = message.toString("utf8", offset + 4, offset + 4 + size);
      offset += 4 + size;
    }
    return row;
  }
}
