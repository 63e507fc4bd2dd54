import { Agent, type IncomingMessage, request } from "node:http";
import type { Answer } from "./door.ts";

export interface HttpRequest {
  method?: string;
  /** As it goes over the wire: no client takes `../` out of it. */
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: 32 });
const TIMEOUT_MS = 15_000;

type HttpAnswer = Answer & { headers: IncomingMessage["headers"] };

/** Asks the edge on this machine for a path of a host. */
export function send(port: number, host: string, { method = "GET", path, headers = {}, body }: HttpRequest): Promise<HttpAnswer> {
  return new Promise((resolve) => {
    const sent = request({ host: "127.0.0.1", port, method, path, agent, timeout: TIMEOUT_MS, headers: { host, ...lengthOf(body), ...headers } });
    const broken = (outcome: string) => resolve({ result: "broken", outcome, text: "", headers: {} });
    sent.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", (error) => broken(error.message));
      response.on("end", () => resolve({ ...httpAnswer(response, Buffer.concat(chunks).toString()), headers: response.headers }));
    });
    sent.on("timeout", () => sent.destroy(new Error("no answer")));
    sent.on("error", (error) => broken(error.message));
    sent.end(body);
  });
}

const lengthOf = (body?: string): Record<string, string> =>
  body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)), "content-type": "application/json" };

/** A redirect is let in too: it leads somewhere. */
export function httpAnswer(response: IncomingMessage, body: string): Answer {
  const status = response.statusCode!;
  const result = status >= 500 ? "broken" : status >= 400 ? "refused" : "granted";
  return { result, outcome: String(status), text: `${JSON.stringify(response.headers)}\n${body}` };
}
