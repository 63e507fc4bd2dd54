// One client's WebSocket: Phoenix's transport (deps/phoenix/lib/phoenix/socket.ex 1.8), which knows channels by their topics alone.
import type { WebSocket } from "ws";
import { log, messageOf } from "../log.ts";
import type { Incoming, Outgoing, Serializer } from "./serializer.ts";

/** A join or a push that fails in the client's words. */
export class ChannelError extends Error {}

export interface Channel {
  /** @returns the join's response @throws ChannelError */
  join(): Promise<unknown>;
  /** After the join's reply. */
  joined(): void;
  /** @returns a reply, or nothing */
  handleIn(event: string, message: Incoming): Promise<{ status: "ok" | "error"; response: unknown } | undefined>;
  /** It is over, whoever ended it. */
  terminate(): void;
}

/** Phoenix closes a connection that said nothing for so long. */
const IDLE_MS = 60_000;
/** Phoenix: a drained socket is told to come again. */
const SERVICE_RESTART = 1012;

type Open = { channel: Channel; joinRef: string | null };
export type MakeChannel = (topic: string, params: unknown, link: ChannelLink) => Channel | undefined;

/** What a channel may do with its socket. */
export type ChannelLink = {
  readonly socket: PhoenixSocket;
  /** From this channel. */
  push(event: string, payload: unknown): void;
  /** From elsewhere by the fast lane, which does not know the channel's join. */
  relay(event: string, payload: unknown): void;
  send(message: Outgoing): void;
  /** phx_close, as of a channel that stopped by itself. */
  stop(): void;
};

export class PhoenixSocket {
  readonly #ws: WebSocket;
  readonly #serializer: Serializer;
  readonly #make: MakeChannel;
  readonly #channels = new Map<string, Open>();
  // One message after the other: a join holds up what comes after it, as in Phoenix.
  #work: Promise<void> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;

  constructor(ws: WebSocket, serializer: Serializer, make: MakeChannel) {
    this.#ws = ws;
    this.#serializer = serializer;
    this.#make = make;
    this.#restartIdle();
    ws.on("message", (data: Buffer, isBinary: boolean) => {
      this.#restartIdle();
      this.#work = this.#work.then(() => this.#receive(data, isBinary)).catch((error: unknown) => this.#crash(error));
    });
    ws.on("close", () => this.#ended());
    ws.on("error", (error: Error) => log("warning", `socket: ${error.message}`));
  }

  get channelCount(): number {
    return this.#channels.size;
  }

  send(message: Outgoing): void {
    if (this.#ws.readyState !== this.#ws.OPEN) return;
    const encoded = this.#serializer.encode(message);
    if (encoded !== undefined) this.#ws.send(encoded);
  }

  close(): void {
    this.#ws.close(1000);
  }

  drain(): void {
    this.#ws.close(SERVICE_RESTART);
  }

  #restartIdle(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#ws.close(1000), IDLE_MS);
  }

  #ended(): void {
    clearTimeout(this.#idle);
    for (const topic of [...this.#channels.keys()]) this.#remove(topic);
  }

  #remove(topic: string): void {
    const open = this.#channels.get(topic);
    this.#channels.delete(topic);
    open?.channel.terminate();
  }

  // As Phoenix: what is no message ends the connection.
  #crash(error: unknown): void {
    log("error", `socket: ${messageOf(error)}`);
    this.#ws.close(1011);
  }

  async #receive(data: Buffer, isBinary: boolean): Promise<void> {
    const message = this.#serializer.decode(data, isBinary);
    const { topic, event, ref, joinRef } = message;
    const reply = (status: "ok" | "error", response: unknown) => this.send({ kind: "reply", joinRef, ref, topic, status, response });
    if (topic === "phoenix" && event === "heartbeat") return reply("ok", {});
    if (event === "phx_join") return this.#join(message);
    const open = this.#channels.get(topic);
    if (event === "phx_leave") {
      reply("ok", {});
      if (open !== undefined) this.#close(topic, open);
      return;
    }
    if (open === undefined) return reply("error", { reason: "unmatched topic" });
    try {
      const answer = await open.channel.handleIn(event, message);
      if (answer !== undefined) this.send({ kind: "reply", joinRef: open.joinRef, ref, topic, ...answer });
    } catch (error) {
      this.#channelCrashed(topic, open, error);
    }
  }

  async #join({ topic, payload, ref, joinRef: given }: Incoming): Promise<void> {
    const joinRef = given ?? ref;
    const before = this.#channels.get(topic);
    // A second join of a topic closes the first.
    if (before !== undefined) this.#close(topic, before);
    const link: ChannelLink = {
      socket: this,
      push: (event, content) => this.send({ kind: "push", joinRef, ref: null, topic, event, payload: content }),
      relay: (event, content) => this.send({ kind: "push", joinRef: null, ref: null, topic, event, payload: content }),
      send: (message) => this.send(message),
      stop: () => {
        const open = this.#channels.get(topic);
        if (open !== undefined && open.channel === channel) this.#close(topic, open);
      },
    };
    const channel = this.#make(topic, payload, link);
    const reply = (status: "ok" | "error", response: unknown) => this.send({ kind: "reply", joinRef, ref, topic, status, response });
    if (channel === undefined) return reply("error", { reason: "unmatched topic" });
    this.#channels.set(topic, { channel, joinRef });
    try {
      reply("ok", await channel.join());
      // The client may have gone meanwhile.
      if (this.#ws.readyState === this.#ws.OPEN) channel.joined();
    } catch (error) {
      this.#remove(topic);
      if (!(error instanceof ChannelError)) log("error", `UnknownErrorOnChannel: ${messageOf(error)}`);
      reply("error", { reason: error instanceof ChannelError ? error.message : "Unknown Error on Channel" });
    }
  }

  #close(topic: string, { joinRef }: Open): void {
    this.#remove(topic);
    this.send({ kind: "push", joinRef, ref: joinRef, topic, event: "phx_close", payload: {} });
  }

  #channelCrashed(topic: string, { joinRef }: Open, error: unknown): void {
    log("error", `channel ${topic} ended: ${messageOf(error)}`);
    this.#remove(topic);
    this.send({ kind: "push", joinRef, ref: joinRef, topic, event: "phx_error", payload: {} });
  }
}
