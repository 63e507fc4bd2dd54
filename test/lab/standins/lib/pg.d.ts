// What the types of `pg` do not say: what clients and pools have in common, and what a stream of replication needs.
import type { QueryResult } from "pg";

declare module "pg" {
  export interface Queryable {
    query(text: string, values?: unknown[]): Promise<QueryResult<any>>;
  }
  interface ClientConfig {
    /** "database": a walsender of that database */
    replication?: "database";
  }
  interface Connection {
    sendCopyFromChunk(chunk: Buffer): void;
  }
}
