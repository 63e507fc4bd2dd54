import { Agent, type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from "node:http";
import type { Echoed } from "./echo.ts";
import type { GatewayRequest } from "./requests.ts";

/** What a gateway made of a request. */
export interface GatewayAnswer {
  status: number;
  /** Of its own answer: JSON, or no text. */
  body?: string;
  /** What the service saw, where one did. */
  service?: string;
  method?: string;
  target?: string;
  headers?: Record<string, string | undefined>;
  /** What a browser reads. */
  cors: Record<string, string | undefined>;
}

/** What of a service's request says who asks, and what the gateway sets for the project. */
const HEADERS = [
  "apikey",
  "authorization",
  "x-api-key",
  "content-profile",
  "x-connection-encrypted",
  "x-indie-key",
  "indieowner",
  "indiesite",
  "host",
];
/** Kong sets these for every service, Envoy where the table or the project says so. */
const FORWARDED = ["x-forwarded-host", "x-forwarded-prefix"];

const CORS = ["allow-origin", "expose-headers", "allow-credentials", "allow-methods", "allow-headers", "max-age"];

const pick = (headers: IncomingHttpHeaders, names: string[]): Record<string, string | undefined> =>
  Object.fromEntries(names.map((name) => [name, headers[name] as string | undefined]));

/** @param isStorage whether the service is the one for which both gateways set how it is reached */
export const seenHeaders = (headers: IncomingHttpHeaders, isStorage: boolean) => pick(headers, isStorage ? [...HEADERS, ...FORWARDED] : HEADERS);

export const corsOf = (headers: IncomingHttpHeaders) =>
  pick(headers, CORS.map((name) => `access-control-${name}`));

/** One connection for each request: what one request leaves behind is not to help the next. */
const agent = new Agent({ keepAlive: false });

/**
 * Sends a request of the table to the gateway at a URL.
 *
 * @param storage the address of the service for which both gateways set how it is reached
 */
export function ask(url: string, asked: GatewayRequest, storage: string): Promise<GatewayAnswer> {
  const { method, host, target, headers } = asked;
  const list = [["host", host], ...headers].flat();
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { agent, method, path: target, headers: list as unknown as Record<string, string> });
    request.once("error", reject);
    request.once("upgrade", (response, socket) => {
      socket.destroy();
      resolve(answerOf(response, String(response.headers["x-echo"]), storage));
    });
    request.once("response", (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part) => parts.push(part));
      response.once("end", () => resolve(answerOf(response, Buffer.concat(parts).toString(), storage)));
    });
    request.end();
  });
}

function answerOf({ statusCode: status = 0, headers }: IncomingMessage, body: string, storage: string): GatewayAnswer {
  const cors = corsOf(headers);
  if (headers["x-echo"] === undefined) return { status, body, cors };
  const echoed = JSON.parse(String(headers["x-echo"])) as Echoed;
  const { service, method, target } = echoed;
  return { status, service, method, target, headers: seenHeaders(echoed.headers, service === storage), cors };
}
