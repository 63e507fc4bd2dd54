import assert from "node:assert/strict";
import { createServer, request as httpRequest, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import jsonwebtoken from "jsonwebtoken";
import type { ContractCase } from "./authClient.ts";

export type { ContractCase } from "./authClient.ts";

/** A project's database with schema `realtime`, and the login role of a tenant that is not made yet. */
export type TenantFixture = {
  readonly externalId: string;
  readonly jwtSecret: string;
  readonly login: { host: string; port: number; database: string; user: string; password: string };
  /** SQL as superuser in that database. */
  readonly sql: (text: string, values?: unknown[]) => Promise<any[]>;
};

/** A running Realtime, stand-in or upstream's, with two projects on one Postgres and SLOT_NAME_SUFFIX=lab. */
export type RealtimeTarget = {
  readonly baseUrl: string;
  /** signed with API_JWT_SECRET */
  readonly apiToken: string;
  readonly tenants: readonly [TenantFixture, TenantFixture];
};
export type Target = () => RealtimeTarget;
export const contractCase = (name: string, run: () => Promise<void>): ContractCase => ({ name, run });

export type Answer = { status: number; headers: IncomingMessage["headers"]; body: any };
type Options = { token?: string | undefined; json?: unknown; host?: string; headers?: Record<string, string>; text?: string };

/** `fetch` sets no Host. */
export function call(target: RealtimeTarget, method: string, path: string, { token, json, host, headers, text }: Options = {}): Promise<Answer> {
  const body = text ?? (json === undefined ? undefined : JSON.stringify(json));
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      new URL(path, target.baseUrl),
      {
        method, agent: false,
        headers: {
          ...(json === undefined ? {} : { "content-type": "application/json" }), ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(host === undefined ? {} : { host }), ...headers,
        },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("end", () => {
          const content = Buffer.concat(chunks).toString("utf8");
          const isJson = /json/.test(answer.headers["content-type"] ?? "") && content !== "";
          resolve({ status: answer.statusCode!, headers: answer.headers, body: isJson ? JSON.parse(content) : content });
        });
      },
    );
    sent.on("error", reject).end(body);
  });
}

export const api = (target: RealtimeTarget, method: string, path: string, json?: unknown): Promise<Answer> =>
  call(target, method, `/api/tenants${path}`, { token: target.apiToken, json });

export const keyOf = ({ jwtSecret }: TenantFixture, role: string, more: object = {}): string =>
  jsonwebtoken.sign({ role, exp: 4_000_000_000, ...more }, jwtSecret);

export const settingsOf = ({ externalId, login }: TenantFixture, more: object = {}) => ({
  region: "us-east-1", db_host: login.host, db_port: String(login.port), db_name: login.database, db_user: login.user, db_password: login.password,
  ssl_enforced: false, poll_interval_ms: 50, slot_name: `sb_rt_${externalId}`, ...more,
});

export const tenantOf = (fixture: TenantFixture, more: object = {}) => ({
  tenant: {
    name: fixture.externalId, external_id: fixture.externalId, jwt_secret: fixture.jwtSecret,
    extensions: [{ type: "postgres_cdc_rls", settings: settingsOf(fixture) }], ...more,
  },
});

/** Both tenants there, whatever was before. */
export async function makeTenants(target: RealtimeTarget): Promise<void> {
  for (const fixture of target.tenants) {
    const { status, body } = await api(target, "POST", "", tenantOf(fixture));
    assert.ok(status === 201 || status === 200, JSON.stringify(body));
  }
}

/** What a gateway does: the public path becomes Realtime's and Host the tenant's. Node's WebSocket can set no Host either. */
export async function startGateway(target: RealtimeTarget, externalId: string): Promise<{ url: string; stop: () => void }> {
  const pathOf = (path = "") => path.replace(/^\/realtime\/v1\/api/, "/api").replace(/^\/realtime\/v1\//, "/socket/");
  const open = new Set<Duplex>();
  const optionsOf = ({ method, headers }: IncomingMessage) => ({ method, agent: false as const, headers: { ...headers, host: `${externalId}.realtime` } });
  const server: Server = createServer((incoming, outgoing) => {
    const forwarded = httpRequest(new URL(pathOf(incoming.url), target.baseUrl), optionsOf(incoming), (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on("error", () => outgoing.writeHead(502).end());
    incoming.pipe(forwarded);
  });
  server.on("upgrade", (incoming, client: Duplex) => {
    open.add(client.on("error", () => {}).on("close", () => open.delete(client)));
    const forwarded = httpRequest(new URL(pathOf(incoming.url), target.baseUrl), optionsOf(incoming));
    const head = (answer: IncomingMessage) =>
      `HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\n${Object.entries(answer.headers).map(([name, value]) => `${name}: ${String(value)}\r\n`).join("")}\r\n`;
    forwarded.on("upgrade", (answer, upstream: Duplex) => {
      open.add(upstream.on("error", () => {}).on("close", () => open.delete(upstream)));
      client.write(head(answer));
      upstream.pipe(client);
      client.pipe(upstream);
    });
    forwarded.on("response", (answer) => {
      client.write(head(answer));
      answer.pipe(client);
    });
    forwarded.on("error", () => client.destroy());
    forwarded.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.close();
      server.closeAllConnections();
      for (const stream of open) stream.destroy();
    },
  };
}

/** Runs with clients of the real library and ends all that they opened. */
export async function withClients(target: RealtimeTarget, fixture: TenantFixture, run: (client: (key: string) => SupabaseClient) => Promise<void>): Promise<void> {
  const gateway = await startGateway(target, fixture.externalId);
  const clients: SupabaseClient[] = [];
  try {
    await run((key) => {
      const client = createClient(gateway.url, key, { auth: { persistSession: false, autoRefreshToken: false } });
      clients.push(client);
      return client;
    });
  } finally {
    for (const client of clients) {
      await client.removeAllChannels();
      await client.realtime.disconnect();
    }
    gateway.stop();
  }
}

/** Asks until the answer is one, for 15 s at most. */
export async function until<T>(what: string, ask: () => T | undefined | false | Promise<T | undefined | false>, ms = 15_000): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const value = await ask();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`not in ${ms} ms: ${what}`);
    await sleep(20);
  }
}
