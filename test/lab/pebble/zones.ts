// The zones of Hetzner's Cloud API, with its paths and its error codes (docs.hetzner.cloud/reference/cloud#zones), in memory.
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Dns } from "./start.ts";

export interface FakeZone {
  name: string;
  /** @default primary; a secondary zone takes no records */
  mode?: "primary" | "secondary";
  /** As the API names them: hosts, or here addresses, with no port. */
  nameservers?: string[];
}

export interface ZonesArgs {
  zones: FakeZone[];
  /** A token that may write. */
  token: string;
  /** One that may only read. */
  readOnlyToken?: string;
  /** @default 127.0.0.1 */
  address?: string;
  /** Is told of each TXT record. @default nobody is */
  dns?: Pick<Dns, "addTxt" | "clearTxt">;
  /** How often a change is asked for until it is done. @default 1 */
  looks?: number;
}

export interface RecordSet {
  ttl: number | null;
  values: string[];
}

export interface Zones {
  /** As stack config `dnsApi` has it. */
  url: string;
  /** `POST /zones/1/rrsets/…`, in the order in which they came. */
  requests: string[];
  /** FQDN without a dot at the end → its TXT records. */
  records: Map<string, RecordSet>;
  /** The next requests get these, and nothing is done. */
  failures: { status: number; code: string }[];
  /** Changes fail from now on: their actions end so. */
  actionError?: { code: string; message: string };
  end: () => Promise<void>;
}

interface Answer {
  status: number;
  body: unknown;
}

const MESSAGES: Record<string, string> = {
  unauthorized: "unable to authenticate",
  token_readonly: "token is readonly",
  not_found: "not found",
  incorrect_zone_mode: "zone must be in primary mode",
  rate_limit_exceeded: "limit of 3600 requests per hour reached",
  conflict: "resource was changed during the request",
  invalid_input: "invalid input",
  server_error: "internal server error",
};

const failed = (status: number, code: string): Answer => ({ status, body: { error: { code, message: MESSAGES[code] ?? code, details: null } } });

const done = (status: number, body: unknown): Answer => ({ status, body });

async function readBody(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString();
  return text === "" ? undefined : JSON.parse(text);
}

interface Change {
  ttl?: number | null;
  records: { value: string }[];
}

/** One string, as the API wants a TXT record's: in quotes, 255 characters at most. */
const QUOTED = /^"(?:[^"\\]|\\.){0,255}"$/;

class Api {
  private readonly actions: { looks: number; error?: { code: string; message: string } }[] = [];
  private readonly args: ZonesArgs;
  private readonly state: Zones;

  constructor(args: ZonesArgs, state: Zones) {
    this.args = args;
    this.state = state;
  }

  async answer(request: IncomingMessage): Promise<Answer> {
    const { method = "", url = "/" } = request;
    const { pathname, searchParams } = new URL(url, "http://zones");
    this.state.requests.push(`${method} ${url}`);
    const token = request.headers.authorization?.replace(/^Bearer /, "");
    if (token !== this.args.token && token !== (this.args.readOnlyToken ?? "")) return failed(401, "unauthorized");
    const failure = this.state.failures.shift();
    if (failure !== undefined) return failed(failure.status, failure.code);
    if (method !== "GET" && token !== this.args.token) return failed(403, "token_readonly");
    const path = pathname.replace(/^\/v1\//, "").split("/").map(decodeURIComponent);
    const body = await readBody(request);
    if (path[0] === "zones" && path.length === 1) return this.list(searchParams.get("name"));
    if (path[0] === "actions") return this.action(Number(path[1]));
    return path[0] === "zones" && path[2] === "rrsets" && path[4] === "TXT" ? this.recordSet(method, path, body as Change) : failed(404, "not_found");
  }

  private list(name: string | null): Answer {
    const zones = this.args.zones.map(({ name, mode = "primary", nameservers = [] }, index) => ({
      id: index + 1,
      name,
      mode,
      ttl: 3600,
      status: "ok",
      authoritative_nameservers: { assigned: nameservers, delegated: nameservers, delegation_status: "valid" },
    }));
    return done(200, { zones: zones.filter((zone) => name === null || zone.name === name), meta: { pagination: { page: 1 } } });
  }

  private async recordSet(method: string, [, id, , name, , , action]: string[], change: Change): Promise<Answer> {
    const zone = this.args.zones[Number(id) - 1] ?? this.args.zones.find((each) => each.name === id);
    if (zone === undefined) return failed(404, "not_found");
    if (zone.mode === "secondary") return failed(422, "incorrect_zone_mode");
    if (name !== name!.toLowerCase() || name!.endsWith(".") || name!.endsWith(zone.name)) return failed(422, "invalid_input");
    const fqdn = name === "@" ? zone.name : `${name}.${zone.name}`;
    const set = this.state.records.get(fqdn);
    if (method === "GET") return set === undefined ? failed(404, "not_found") : done(200, { rrset: { id: `${name}/TXT`, name, type: "TXT", ttl: set.ttl, records: set.values.map((value) => ({ value })) } });
    if (method !== "POST" || !change.records.every(({ value }) => QUOTED.test(value))) return failed(422, "invalid_input");
    const values = change.records.map(({ value }) => value);
    if (action === "add_records") return this.add(fqdn, set, change.ttl, values);
    return action === "remove_records" ? this.remove(fqdn, set, values) : failed(404, "not_found");
  }

  private async add(fqdn: string, set: RecordSet | undefined, ttl: number | null = null, values: string[]): Promise<Answer> {
    if (ttl !== null && (ttl < 60 || (set !== undefined && set.ttl !== ttl))) return failed(422, "invalid_input");
    if (values.some((value) => set?.values.includes(value))) return failed(422, "invalid_input");
    return this.begin("add_rrset_records", async () => {
      this.state.records.set(fqdn, { ttl: set?.ttl ?? ttl, values: [...(set?.values ?? []), ...values] });
      for (const value of values) await this.args.dns?.addTxt(fqdn, JSON.parse(value) as string);
    });
  }

  private async remove(fqdn: string, set: RecordSet | undefined, values: string[]): Promise<Answer> {
    if (set === undefined) return failed(404, "not_found");
    return this.begin("remove_rrset_records", async () => {
      const left = set.values.filter((value) => !values.includes(value));
      if (left.length > 0) this.state.records.set(fqdn, { ...set, values: left });
      else this.state.records.delete(fqdn);
      await this.args.dns?.clearTxt(fqdn);
      for (const value of left) await this.args.dns?.addTxt(fqdn, JSON.parse(value) as string);
    });
  }

  private async begin(command: string, change: () => Promise<void>): Promise<Answer> {
    const error = this.state.actionError;
    if (error === undefined) await change();
    this.actions.push({ looks: this.args.looks ?? 1, error });
    return done(201, { action: { id: this.actions.length, command, status: "running", progress: 0, error: null } });
  }

  private action(id: number): Answer {
    const action = this.actions[id - 1];
    if (action === undefined) return failed(404, "not_found");
    action.looks--;
    const status = action.looks > 0 ? "running" : action.error === undefined ? "success" : "error";
    return done(200, { action: { id, status, progress: status === "running" ? 50 : 100, error: status === "error" ? action.error : null } });
  }
}

/** Its records are those that it was told of. */
export async function startZones(args: ZonesArgs): Promise<Zones> {
  const server: Server = createServer((request, response) => {
    api.answer(request).then(
      ({ status, body }) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body)),
      (error: Error) => response.writeHead(500, { "content-type": "application/json" }).end(JSON.stringify({ error: { code: "server_error", message: error.message } })),
    );
  });
  const address = args.address ?? "127.0.0.1";
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const end = () => new Promise<void>((resolve) => (server.closeAllConnections(), server.close(() => resolve())));
  const state: Zones = { url: `http://${address}:${(server.address() as { port: number }).port}/v1`, requests: [], records: new Map(), failures: [], end };
  const api = new Api(args, state);
  return state;
}
