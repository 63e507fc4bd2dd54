// A websocket whose Host, headers and refusal are in our hands: the built-in client shows no status and sets no header.
import { randomBytes } from "node:crypto";
import { request } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "./door.ts";
import { httpAnswer } from "./http.ts";

const TEXT = 0x81;
const TIMEOUT_MS = 15_000;

/** An open websocket, and all that it has said. */
export class OpenSocket {
  heard = "";
  private readonly socket: Socket;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => (this.heard += chunk.toString("latin1")));
    socket.on("error", () => {});
  }

  send(message: object): void {
    const payload = Buffer.from(JSON.stringify(message));
    const mask = randomBytes(4);
    const length = payload.length < 126 ? Buffer.from([0x80 | payload.length]) : Buffer.from([0x80 | 126, payload.length >> 8, payload.length & 0xff]);
    this.socket.write(Buffer.concat([Buffer.from([TEXT]), length, mask, payload.map((byte, index) => byte ^ mask[index % 4]!)]));
  }

  /** Waits until it has said so. @returns whether it has */
  async hears(what: RegExp): Promise<boolean> {
    for (const end = Date.now() + TIMEOUT_MS; Date.now() < end && !this.socket.destroyed; await sleep(50)) if (what.test(this.heard)) return true;
    return what.test(this.heard);
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Asks for a websocket. */
export function open(port: number, host: string, path: string, headers: Record<string, string> = {}): Promise<OpenSocket | Answer> {
  return new Promise((resolve) => {
    const upgrade = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": randomBytes(16).toString("base64") };
    const sent = request({ host: "127.0.0.1", port, path, timeout: TIMEOUT_MS, agent: false, headers: { host, ...upgrade, ...headers } });
    const broken = (outcome: string) => resolve({ result: "broken", outcome, text: "" });
    sent.on("upgrade", (_response, socket, head) => {
      socket.unshift(head);
      resolve(new OpenSocket(socket as Socket));
    });
    sent.on("response", (response) => {
      let body = "";
      response.on("data", (chunk) => (body += String(chunk)));
      response.on("end", () => resolve(httpAnswer(response, body)));
    });
    sent.on("timeout", () => sent.destroy(new Error("no answer")));
    sent.on("error", (error) => broken(error.message));
    sent.end();
  });
}
