// Phoenix's two forms of a message: V1 (Phoenix.Socket.V1.JSONSerializer) and upstream's V2 with broadcasts in binary
// (lib/realtime_web/socket/v2_serializer.ex, v2.129.8).

/** What a client sends. */
export type Incoming = { joinRef: string | null; ref: string | null; topic: string; event: string; payload: unknown; user?: UserBroadcast };

/** A broadcast whose payload is passed on as it came. */
export type UserBroadcast = { event: string; encoding: "json" | "binary"; payload: Buffer; metadata?: Record<string, unknown> | undefined };

export type Outgoing =
  | { kind: "reply"; joinRef: string | null; ref: string | null; topic: string; status: "ok" | "error"; response: unknown }
  | { kind: "push"; joinRef: string | null; ref: string | null; topic: string; event: string; payload: unknown }
  | { kind: "user"; topic: string; broadcast: UserBroadcast };

export type Serializer = {
  /** @throws Error when it is no message */
  decode(data: Buffer, isBinary: boolean): Incoming;
  /** undefined: this form can not say it */
  encode(message: Outgoing): string | Buffer | undefined;
};

const record = (value: unknown): Record<string, unknown> => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("expected a map");
  return value as Record<string, unknown>;
};
const text = (value: unknown): string => {
  if (typeof value !== "string") throw new Error("expected a string");
  return value;
};
const reference = (value: unknown): string | null => (value === null || value === undefined ? null : String(value));

const v1: Serializer = {
  decode(data, isBinary) {
    if (isBinary) throw new Error("V1 has no binary messages");
    const { topic, event, payload, ref, join_ref } = record(JSON.parse(data.toString("utf8")));
    return { joinRef: reference(join_ref), ref: reference(ref), topic: text(topic), event: text(event), payload };
  },
  encode(message) {
    const { topic } = message;
    if (message.kind === "reply") {
      const { ref, status, response } = message;
      return JSON.stringify({ ref, topic, event: "phx_reply", payload: { status, response } });
    }
    if (message.kind === "push") return JSON.stringify({ ref: message.ref, topic, event: message.event, payload: message.payload });
    const { event, encoding, payload, metadata } = message.broadcast;
    if (encoding === "binary") return undefined;
    const body = { event, payload: JSON.parse(payload.toString("utf8")) as unknown, type: "broadcast", ...(metadata === undefined ? {} : { meta: metadata }) };
    return JSON.stringify({ ref: null, topic, event: "broadcast", payload: body });
  },
};

const PUSH = 0;
const USER_BROADCAST_PUSH = 3;
const USER_BROADCAST = 4;

const v2: Serializer = {
  decode(data, isBinary) {
    if (isBinary) return decodeBinary(data);
    const parsed: unknown = JSON.parse(data.toString("utf8"));
    if (!Array.isArray(parsed) || parsed.length < 5) throw new Error("expected V2 array");
    const [joinRef, ref, topic, event, payload] = parsed as unknown[];
    return { joinRef: reference(joinRef), ref: reference(ref), topic: text(topic), event: text(event), payload };
  },
  encode(message) {
    if (message.kind === "user") return encodeUserBroadcast(message.topic, message.broadcast);
    const { joinRef, ref, topic } = message;
    if (message.kind === "push") return JSON.stringify([joinRef, ref, topic, message.event, message.payload]);
    return JSON.stringify([joinRef, ref, topic, "phx_reply", { status: message.status, response: message.response }]);
  },
};

/** Takes pieces of the given sizes one after the other. */
function cut(data: Buffer, offset: number, sizes: number[]): { pieces: Buffer[]; rest: Buffer } {
  const pieces = sizes.map((size) => {
    if (offset + size > data.length) throw new Error("message is too short");
    const piece = data.subarray(offset, offset + size);
    offset += size;
    return piece;
  });
  return { pieces, rest: data.subarray(offset) };
}

function decodeBinary(data: Buffer): Incoming {
  if (data[0] === PUSH) {
    const { pieces, rest } = cut(data, 5, [...data.subarray(1, 5)]);
    const [joinRef, ref, topic, event] = pieces.map(String) as [string, string, string, string];
    return { joinRef, ref, topic, event, payload: rest };
  }
  if (data[0] !== USER_BROADCAST_PUSH) throw new Error("unknown kind of binary message");
  const { pieces, rest } = cut(data, 7, [...data.subarray(1, 6)]);
  const [joinRef, ref, topic, event, metadata] = pieces.map(String) as [string, string, string, string, string];
  if (metadata !== "") JSON.parse(metadata);
  const user: UserBroadcast = { event, encoding: data[6] === 0 ? "binary" : "json", payload: rest };
  return { joinRef, ref, topic, event: "broadcast", payload: undefined, user };
}

function encodeUserBroadcast(topic: string, { event, encoding, payload, metadata }: UserBroadcast): Buffer {
  const parts = [topic, event, metadata === undefined ? "" : JSON.stringify(metadata)].map((part) => Buffer.from(part));
  if (parts.some((part) => part.length > 255)) throw new Error("topic, event and metadata must be less than or equal to 255 bytes");
  return Buffer.concat([Buffer.from([USER_BROADCAST, ...parts.map((part) => part.length), encoding === "json" ? 1 : 0]), ...parts, payload]);
}

/** As Phoenix matches the socket's `vsn` against "~> 1.0.0" and "~> 2.0.0". */
export function serializerFor(vsn: string | null): Serializer | undefined {
  if (vsn === null || /^1\.0\.\d+$/.test(vsn)) return v1;
  return /^2\.0\.\d+$/.test(vsn) ? v2 : undefined;
}
