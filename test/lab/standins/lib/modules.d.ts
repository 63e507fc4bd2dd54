// What the stand-ins use of packages that the root does not install: so `tsc` at the root works without this folder's node_modules.
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
declare module "fastify" {
  import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from "node:http";
  import type { Readable } from "node:stream";
  export interface FastifyRequest {
    readonly method: string;
    readonly url: string;
    readonly headers: IncomingHttpHeaders;
    /** what the route's schema lets through */
    readonly params: any;
    readonly query: any;
    readonly body: any;
    readonly raw: IncomingMessage;
    readonly routeOptions: { config?: { operation?: string } };
    /** of @fastify/multipart */
    file(options: { limits: { fileSize: number } }): Promise<{ file: Readable & { truncated: boolean }; mimetype: string; fields: Record<string, { value?: unknown } | undefined> } | undefined>;
  }
  export interface FastifyReply {
    status(code: number): this;
    header(name: string, value: string | number): this;
    headers(values: Record<string, string | number>): this;
    getHeaders(): Record<string, string | number | string[] | undefined>;
    send(payload?: unknown): this;
    hijack(): this;
    readonly raw: ServerResponse;
    readonly statusCode: number;
    readonly elapsedTime: number;
  }
  export type FastifyError = Error & { statusCode?: number; code: string };
  type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown;
  type Done = (error: Error | null, body?: unknown) => void;
  type Options = { schema?: Record<string, unknown>; config?: Record<string, unknown> };
  type Add = { (url: string, handler: Handler): void; (url: string, options: Options, handler: Handler): void };
  type Parse = (request: FastifyRequest, payload: unknown, done: Done) => void;
  export interface FastifyInstance {
    readonly server: Server;
    readonly get: Add;
    readonly post: Add;
    readonly put: Add;
    readonly patch: Add;
    readonly delete: Add;
    readonly all: Add;
    route(options: Options & { method: string; url: string; exposeHeadRoute?: boolean; handler: Handler }): void;
    register(plugin: (scope: FastifyInstance) => Promise<void>, options?: Record<string, unknown>): void;
    addHook(name: "preClose", hook: () => Promise<void>): void;
    addHook(name: "onSend", hook: (request: FastifyRequest, reply: FastifyReply, payload: unknown) => Promise<unknown>): void;
    addHook(name: "onRequest" | "onResponse", hook: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>): void;
    addContentTypeParser(type: string | string[], parse: Parse): void;
    addContentTypeParser(type: string | string[], options: { parseAs: "string" }, parse: Parse): void;
    getDefaultJsonParser(onProto: string, onConstructor: string): (request: FastifyRequest, body: string, done: Done) => void;
    setErrorHandler(handler: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => unknown): void;
    setNotFoundHandler(handler: Handler): void;
    listen(address: { host: string; port: number }): Promise<string>;
    close(): Promise<void>;
  }
  export default function fastify(options: Record<string, unknown>): FastifyInstance;
}

declare module "@fastify/multipart" {
  import type { FastifyInstance } from "fastify";
  const plugin: (scope: FastifyInstance) => Promise<void>;
  export default plugin;
}

declare module "@tus/server" {
  import type { IncomingMessage, ServerResponse } from "node:http";
  export type WebRequest = { readonly runtime?: { node?: { req: IncomingMessage; res: ServerResponse } } };
  export type Upload = { id: string; size?: number; offset: number; metadata?: Record<string, string | null> };
  type Metadatas = Record<string, string | null> | undefined;
  export const Metadata: { parse(text: string): Record<string, string | null> };
  export class Server {
    constructor(options: {
      path: string;
      datastore: unknown;
      disableTerminationForFinishedUploads: boolean;
      respectForwardedHeaders: boolean;
      allowedHeaders: string[];
      namingFunction(request: WebRequest, metadata: Metadatas): string;
      generateUrl(request: WebRequest, parts: { proto: string; host: string; path: string; id: string }): string;
      getFileIdFromRequest(request: WebRequest): string | undefined;
      onIncomingRequest(request: WebRequest, id: string): Promise<void>;
      onUploadCreate(request: WebRequest, upload: Upload): Promise<{ metadata: Record<string, string | null> }>;
      onUploadFinish(request: WebRequest, upload: Upload): Promise<{ headers: Record<string, string> }>;
      onResponseError(request: WebRequest, error: unknown): { status_code: number; body: string } | undefined;
      maxSize(request: WebRequest, id: string | null): Promise<number>;
    });
    handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  }
}

declare module "@tus/file-store" {
  export class FileStore {
    constructor(options: { directory: string });
    getUpload(id: string): Promise<unknown>;
  }
}

declare module "jose" {
  export type JWTPayload = { sub?: string; iat?: number; exp?: number; [claim: string]: unknown };
  type Key = Uint8Array | CryptoKey;
  export class SignJWT {
    constructor(payload: JWTPayload);
    setIssuedAt(seconds: number): this;
    setExpirationTime(seconds: number): this;
    setProtectedHeader(header: { alg: string; kid?: string }): this;
    sign(key: Key): Promise<string>;
  }
  export function jwtVerify(
    token: string,
    key: (header: { alg?: string; kid?: string }) => Promise<Key>,
    options: { algorithms: string[] },
  ): Promise<{ payload: JWTPayload }>;
  export function importJWK(key: Record<string, unknown>, alg?: string): Promise<Key>;
}

declare module "@napi-rs/xattr" {
  export function getAttribute(path: string, name: string): Promise<Buffer | null>;
  export function setAttribute(path: string, name: string, value: string): Promise<void>;
  export function removeAttribute(path: string, name: string): Promise<void>;
}
