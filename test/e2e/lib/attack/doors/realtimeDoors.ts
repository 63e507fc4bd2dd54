// Realtime's websocket: who gets one, who gets into a private channel, and what is heard there.
import { setTimeout as sleep } from "node:timers/promises";
import { changesAreRead } from "../../realtime.ts";
import type { Answer, Attack, Attempt, Door } from "../door.ts";
import { send } from "../http.ts";
import type { Tenant } from "../tenant.ts";
import { open, OpenSocket } from "../websocket.ts";
import { disguise } from "./gatewayDoors.ts";

const TOPIC = "inside";
const PATH = "/realtime/v1/websocket?vsn=1.0.0";
const COMMON_HOST = "api.localhost";
/** What another project's message would take to come too, after its own has come. */
const AFTERWARDS_MS = 700;

const JOIN = { broadcast: { self: true }, presence: { enabled: false }, postgres_changes: [{ event: "*", schema: "public", table: "markers" }], private: true };
const REPLY = /"status":"(ok|error)"/;

interface Visit {
  host: string;
  headers?: Record<string, string>;
  query?: string;
  accessToken?: string;
}

/** Joins the private channel. */
async function join(port: number, { host, headers, query = "", accessToken }: Visit): Promise<{ socket?: OpenSocket; answer: Answer }> {
  const socket = await open(port, host, PATH + query, headers);
  if (!(socket instanceof OpenSocket)) return { answer: socket };
  socket.send({ topic: `realtime:${TOPIC}`, event: "phx_join", ref: "1", join_ref: "1", payload: { config: JOIN, access_token: accessToken } });
  await socket.hears(REPLY);
  const status = REPLY.exec(socket.heard)?.[1];
  const result = status === "ok" ? "granted" : status === "error" || socket.heard !== "" ? "refused" : "broken";
  return { socket, answer: { result, outcome: status === "ok" ? "joined" : "join refused", text: socket.heard } };
}

/** What is heard in the channel while its owner, and one more, say something and write a row. */
async function listen(port: number, visit: Visit, owner: Tenant, other?: Tenant): Promise<Answer> {
  const { socket, answer } = await join(port, visit);
  if (socket === undefined || answer.result !== "granted") {
    socket?.close();
    return answer;
  }
  await socket.hears(/"extension":"postgres_changes"/);
  await changesAreRead(owner);
  for (const tenant of [other, owner]) if (tenant !== undefined) await speak(port, tenant);
  const isHeard = (await socket.hears(new RegExp(`said-${owner.marker}`))) && (await socket.hears(new RegExp(`row-${owner.marker}`)));
  if (other !== undefined) await sleep(AFTERWARDS_MS);
  socket.close();
  return { result: isHeard ? "granted" : "broken", outcome: isHeard ? "joined" : "hears nothing", text: socket.heard };
}

async function speak(port: number, { hosts: [host], serviceRoleKey, marker }: Tenant): Promise<void> {
  const post = (path: string, value: object) =>
    send(port, host!, { method: "POST", path, headers: { apikey: serviceRoleKey, prefer: "resolution=ignore-duplicates" }, body: JSON.stringify(value) });
  await post("/realtime/v1/api/broadcast", { messages: [{ topic: TOPIC, event: "x", payload: { text: `said-${marker}` }, private: true }] });
  await post("/rest/v1/markers", { body: `row-${marker}-${Math.random()}` });
}

/** Each closes its socket, whoever won. */
const attempt = (port: number, how: string, visit: Visit): Attempt => ({
  how: `${visit.host}, ${how}`,
  async run() {
    const { socket, answer } = await join(port, visit);
    socket?.close();
    return answer;
  },
});

const joinDoor = (port: number): Door => ({
  title: "Realtime: join a private channel",
  control: (owner) => ({ how: "its own user", run: () => listen(port, ownVisit(owner), owner) }),
  attempts({ victim, credential: { kind, value } }: Attack) {
    const [own, ...domains] = victim.hosts as [string, ...string[]];
    const anon = `&apikey=${victim.anonKey}`;
    if (kind === "nothing") return [attempt(port, "no key", { host: own }), attempt(port, "the victim's anon key", { host: own, query: anon })];
    const query = `&apikey=${encodeURIComponent(value)}`;
    const asUser = (host: string) => attempt(port, "as a user's, with the victim's anon key", { host, query: anon, accessToken: value });
    const few = [attempt(port, "as ?apikey=", { host: own, query, accessToken: value }), asUser(own)];
    if (kind === "logins") return few;
    return [
      ...few,
      ...[...domains, COMMON_HOST].map(asUser),
      attempt(port, "as apikey, disguised", { host: own, headers: { ...disguise(victim), apikey: value, "x-api-key": victim.anonKey }, accessToken: value }),
      attempt(port, "as x-api-key", { host: own, headers: { "x-api-key": value } }),
    ];
  },
});

/** In the plane one process serves many: the same channel of another project is another channel. */
const eavesdropDoor = (port: number): Door => ({
  title: "Realtime: the same channel and table, from one's own address",
  control: (owner) => ({ how: "its own user", run: () => listen(port, ownVisit(owner), owner) }),
  attempts({ attacker, victim, credential }: Attack) {
    if (credential.name !== "access token") return [];
    const disguised = { ...ownVisit(attacker), headers: { ...disguise(victim), "x-api-key": victim.anonKey } };
    const common = { ...ownVisit(attacker), host: COMMON_HOST };
    return [ownVisit(attacker), disguised, common].map((visit, index) => ({
      how: `${visit.host}, its own key${index === 1 ? ", disguised" : ""}`,
      mayBeOwn: true,
      run: () => listen(port, visit, attacker, victim),
    }));
  },
});

const ownVisit = ({ hosts: [host], anonKey, accessToken }: Tenant): Visit => ({ host: host!, query: `&apikey=${anonKey}`, accessToken });

export const realtimeDoors = (port: number): Door[] => [joinDoor(port), eavesdropDoor(port)];
