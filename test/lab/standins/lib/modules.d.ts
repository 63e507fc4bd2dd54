// What the stand-ins use of packages that the root does not install: so `tsc` at the root works without this folder's node_modules.
declare module "pg" {
  export type QueryResult = { rows: any[]; rowCount: number | null; fields: { name: string; dataTypeID: number }[] };
  export type ClientConfig = {
    host?: string;
    port?: number;
    database?: string;
    user?: string;
    password?: string;
    options?: string;
    application_name?: string;
    connectionTimeoutMillis?: number;
    ssl?: boolean | { rejectUnauthorized?: boolean };
    connectionString?: string;
    /** "database": a walsender of that database */
    replication?: "database";
  };
  export type PoolConfig = ClientConfig & { max?: number; idleTimeoutMillis?: number; allowExitOnIdle?: boolean; onConnect?: (client: Queryable) => Promise<void> };
  export interface Queryable {
    query(text: string, values?: unknown[]): Promise<QueryResult>;
  }
  export interface PoolClient extends Queryable {
    release(error?: Error | boolean): void;
    on(event: string, listener: (...args: any[]) => void): this;
  }
  export class Pool implements Queryable {
    constructor(config?: PoolConfig);
    connect(): Promise<PoolClient>;
    query(text: string, values?: unknown[]): Promise<QueryResult>;
    end(): Promise<void>;
    on(event: string, listener: (...args: any[]) => void): this;
    readonly totalCount: number;
    readonly idleCount: number;
    readonly waitingCount: number;
  }
  /** Below the driver's interface: what a stream of replication needs. */
  export interface Connection {
    readonly stream: { destroy(): void };
    on(event: "copyData", listener: (message: { chunk: Buffer }) => void): this;
    once(event: "replicationStart", listener: () => void): this;
    sendCopyFromChunk(chunk: Buffer): void;
  }
  export class Client implements Queryable {
    constructor(config?: ClientConfig | string);
    readonly connection: Connection;
    escapeLiteral(text: string): string;
    escapeIdentifier(text: string): string;
    connect(): Promise<void>;
    query(text: string, values?: unknown[]): Promise<QueryResult>;
    end(): Promise<void>;
    on(event: string, listener: (...args: any[]) => void): this;
  }
  export class DatabaseError extends Error {
    code?: string;
    detail?: string;
    hint?: string;
    constraint?: string;
    schema?: string;
    table?: string;
    column?: string;
    position?: string;
    where?: string;
    severity?: string;
  }
  export const types: { setTypeParser(oid: number, parse: (value: string) => unknown): void };
  const pg: { Pool: typeof Pool; Client: typeof Client; types: typeof types; DatabaseError: typeof DatabaseError };
  export default pg;
}

declare module "bcryptjs" {
  export function hash(password: string, cost: number): Promise<string>;
  export function compare(password: string, hash: string): Promise<boolean>;
  export function getRounds(hash: string): number;
  const bcrypt: { hash: typeof hash; compare: typeof compare; getRounds: typeof getRounds };
  export default bcrypt;
}

declare module "ws" {
  import type { IncomingMessage } from "node:http";
  import type { Duplex } from "node:stream";
  export class WebSocket {
    readonly readyState: number;
    readonly OPEN: number;
    send(data: string | Buffer): void;
    close(code?: number): void;
    on(event: "message", listener: (data: Buffer, isBinary: boolean) => void): this;
    on(event: "close", listener: () => void): this;
    on(event: "error", listener: (error: Error) => void): this;
  }
  export class WebSocketServer {
    constructor(options: { noServer: true; maxPayload?: number; perMessageDeflate?: boolean });
    on(event: "headers", listener: (headers: string[]) => void): this;
    handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, done: (ws: WebSocket) => void): void;
  }
}
