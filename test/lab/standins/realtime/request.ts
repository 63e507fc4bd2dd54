import type { IncomingMessage } from "node:http";
import type { App } from "./app.ts";
import { HttpError, lacks } from "./errors.ts";

export type Request = {
  readonly app: App;
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly params: Record<string, string>;
  /** The first label of Host, port and case as they came. */
  readonly externalId: string;
  readonly body: Buffer;
};
export type Reply = { status: number; json?: unknown; text?: string; headers?: Record<string, string> };
export type Handler = (request: Request) => Promise<Reply>;

/** Upstream: Database.get_external_id/1; Plug takes the port off. */
export const externalIdOf = (host: string | undefined): string => (host ?? "").replace(/:\d+$/, "").split(".", 1)[0]!;

/** The body as Plug.Parsers reads it: what is no JSON object is 400, what is not said to be JSON is empty. */
export function jsonBody({ headers, body }: Request): Record<string, unknown> {
  if (!/^application\/([\w.+-]+\+)?json\b/i.test(headers["content-type"] ?? "") || body.length === 0) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString("utf8"));
  } catch {
    throw new HttpError(400, "Bad Request");
  }
  return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? (parsed as Record<string, unknown>) : { _json: parsed };
}

export const missing = (what: string): Handler => async () => {
  throw lacks(what);
};
