// Broadcast by HTTP: upstream's batch_broadcast.ex and single_broadcast.ex in lib/realtime/tenants (v2.129.8).
import { AuthorizationError, type Caller, writePolicies } from "../database/authorization.ts";
import { HttpError } from "../errors.ts";
import { callerOf } from "../guards.ts";
import { jsonBody, type Handler, type Request } from "../request.ts";
import type { Claims } from "../jwt.ts";
import { ChangesetError, type Errors, type Tenant } from "../metadata/tenant.ts";
import { ChannelError } from "../socket/phoenixSocket.ts";
import { type Message, tenantTopic } from "../socket/pubsub.ts";

const CORS = { "access-control-allow-origin": "*" };

/** Corsica with `origins: "*"` alone: it allows methods and headers of its own default. */
export const preflight: Handler = async () => ({
  status: 200, text: "",
  headers: { ...CORS, "access-control-allow-methods": "PUT,PATCH,DELETE", "access-control-allow-headers": "" },
});

type BatchMessage = { topic: string; event: string; payload: Record<string, unknown>; isPrivate: boolean; id: string | undefined };

export async function broadcast(request: Request, tenant: Tenant) {
  const claims = callerOf(request, tenant);
  refuseSuspended(tenant);
  const messages = readBatch(jsonBody(request), tenant);
  const allowed = new Map<string, Promise<boolean>>();
  for (const { topic, event, payload, isPrivate, id } of messages) {
    if (isPrivate) {
      if (!allowed.has(topic)) allowed.set(topic, mayWrite(request, tenant, claims, topic));
      if (!(await allowed.get(topic))) continue;
    }
    const meta = id === undefined ? {} : { meta: { id } };
    send(request, tenant, topic, isPrivate, { event: "broadcast", payload: { payload, event, type: "broadcast", ...meta } });
  }
  return { status: 202, text: "", headers: CORS };
}

export async function broadcastSingle(request: Request, tenant: Tenant) {
  const type = (request.headers["content-type"] ?? "").split(";", 1)[0]!.trim().toLowerCase();
  if (type !== "" && type !== "application/json" && type !== "application/octet-stream")
    throw new HttpError(415, { error: "Unsupported Media Type. Use application/json or application/octet-stream" });
  const claims = callerOf(request, tenant);
  refuseSuspended(tenant);
  const { topic, event } = request.params as { topic: string; event: string };
  const isBinary = type === "application/octet-stream";
  const payload = isBinary ? request.body : Buffer.from(JSON.stringify(jsonBody(request)));
  if (isTooLarge(tenant, payload.length)) throw new ChangesetError({ payload: ["Payload size exceeds tenant limit"] });
  const isPrivate = request.url.searchParams.get("private") === "true";
  if (isPrivate && !(await askPolicy(request, tenant, claims, topic).catch(unprocessable))) throw new HttpError(403, { message: "Unauthorized" });
  send(request, tenant, topic, isPrivate, { event, encoding: isBinary ? "binary" : "json", payload });
  return { status: 202, text: "", headers: CORS };
}

function refuseSuspended(tenant: Tenant): void {
  if (tenant.suspend) throw new HttpError(403, { message: "Tenant is suspended" });
}

const isTooLarge = (tenant: Tenant, size: number): boolean => size > tenant.max_payload_size_in_kb * 1000 + 500;

function send({ app }: Request, tenant: Tenant, topic: string, isPrivate: boolean, message: Message): void {
  app.pubsub.broadcast(tenantTopic(tenant.external_id, topic, isPrivate), message);
}

async function askPolicy(request: Request, tenant: Tenant, claims: Claims, topic: string): Promise<boolean> {
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const caller: Caller = { externalId: tenant.external_id, topic, claims, headers };
  return (await writePolicies(await request.app.connections.pool(tenant), caller, ["broadcast", "presence"])).broadcast === true;
}

const isOfDatabase = (error: unknown): boolean => error instanceof AuthorizationError || error instanceof ChannelError;

/** In a batch a database that does not answer allows nothing, and nobody hears of it. */
const mayWrite = (request: Request, tenant: Tenant, claims: Claims, topic: string): Promise<boolean> =>
  askPolicy(request, tenant, claims, topic).catch((error: unknown) => {
    if (isOfDatabase(error)) return false;
    throw error;
  });

const WORDS: Record<AuthorizationError["code"], string> = {
  RlsPolicyError: "RLS policy error",
  QueryCanceled: "Query canceled",
  MissingPartition: "Missing messages partition",
  UnableToConnectToProject: "Tenant database unavailable",
};

function unprocessable(error: unknown): never {
  if (!isOfDatabase(error)) throw error;
  throw new HttpError(422, { message: error instanceof AuthorizationError ? WORDS[error.code] : WORDS.UnableToConnectToProject });
}

function readBatch({ messages }: Record<string, unknown>, tenant: Tenant): BatchMessage[] {
  if (messages === undefined || messages === null) throw new ChangesetError({ messages: ["can't be blank"] });
  if (!Array.isArray(messages)) throw new ChangesetError({ messages: ["is invalid"] });
  const problems = messages.map((message) => problemsOf(message, tenant));
  if (problems.some((each) => Object.keys(each).length > 0)) throw new ChangesetError({ messages: problems });
  return messages.map((message: Record<string, unknown>) => ({
    topic: String(message["topic"]), event: String(message["event"]), payload: message["payload"] as Record<string, unknown>,
    isPrivate: message["private"] === true || message["private"] === "true",
    id: typeof message["id"] === "string" ? message["id"] : undefined,
  }));
}

function problemsOf(given: unknown, tenant: Tenant): Errors {
  const message = (typeof given === "object" && given !== null ? given : {}) as Record<string, unknown>;
  const problems: Errors = {};
  for (const name of ["topic", "event"]) {
    const value = message[name] ?? "";
    if (value === "") problems[name] = ["can't be blank"];
    else if (typeof value !== "string") problems[name] = ["is invalid"];
  }
  const payload = message["payload"] ?? null;
  if (payload === null) problems["payload"] = ["can't be blank"];
  else if (typeof payload !== "object" || Array.isArray(payload)) problems["payload"] = ["is invalid"];
  else if (isTooLarge(tenant, Buffer.byteLength(JSON.stringify(payload)))) problems["payload"] = ["Payload size exceeds tenant limit"];
  return problems;
}
