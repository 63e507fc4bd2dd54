// HTTPS on 127.0.0.1 under whichever name, believed by the roots that a test has.
import https from "node:https";
import type { IncomingHttpHeaders } from "node:http";
import type { LookupFunction } from "node:net";
import type { PeerCertificate, TLSSocket } from "node:tls";

const here: LookupFunction = (_host, { all }, callback) => (all === true ? callback(null, [{ address: "127.0.0.1", family: 4 }]) : callback(null, "127.0.0.1", 4));

export interface Asked {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** PEM. @default any certificate is taken */
  roots?: string;
}

export interface Answered {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
  certificate: PeerCertificate;
  /** ALPN's word and TLS' version. */
  protocol: string | null;
}

/** @throws Error where there is no TLS session, or the roots do not vouch for the certificate */
export function askHttps(url: string, { method = "GET", headers = {}, body, roots }: Asked = {}): Promise<Answered> {
  const trust = roots === undefined ? { rejectUnauthorized: false } : { ca: roots };
  return new Promise((resolve, reject) => {
    const request = https.request(url, { method, headers, lookup: here, agent: false, timeout: 30_000, ...trust }, (response) => {
      const socket = response.socket as TLSSocket;
      const [certificate, protocol] = [socket.getPeerCertificate(), socket.getProtocol()];
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.once("error", reject).once("end", () => resolve({ status: response.statusCode!, headers: response.headers, body: text, certificate, protocol }));
    });
    request.once("timeout", () => request.destroy(new Error("no answer in 30 s"))).once("error", reject);
    request.end(body);
  });
}

/** For supabase-js: what an app's `fetch` does, by the roots that are known here. Text alone. */
export const fetchWith = (roots: string): typeof fetch => async (input, init) => {
  const asked = new Request(input, init);
  const body = asked.body === null ? undefined : await asked.text();
  const answered = await askHttps(asked.url, { method: asked.method, headers: Object.fromEntries(asked.headers), body, roots });
  const headers = Object.entries(answered.headers).flatMap(([name, value]) => (typeof value === "string" ? [[name, value] as [string, string]] : []));
  return new Response(answered.status === 204 ? null : answered.body, { status: answered.status, headers });
};
