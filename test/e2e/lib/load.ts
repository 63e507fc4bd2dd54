import http from "node:http";
import https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";

/** One request that the load repeats. */
export interface LoadRequest {
  /** `http://blog.localhost:8080/rest/v1/notes` */
  url: string;
  method: "GET" | "POST";
  headers: Record<string, string>;
  body?: string;
  /** What it must be answered with. @default any 2xx */
  status?: number;
}

export interface LoadResult {
  requests: number;
  /** What went wrong, in words; empty when each request got what it must. */
  failures: string[];
}

/** 20 clients in a loop, no retry: half keep their connection, half make one for each request. */
export class Load {
  private stopped = false;
  private readonly result: LoadResult = { requests: 0, failures: [] };
  private readonly clients: Promise<void>[];

  constructor(requests: LoadRequest[], clients = 20) {
    this.clients = Array.from({ length: clients }, (_, index) => this.loop(requests, index));
  }

  async stop(): Promise<LoadResult> {
    this.stopped = true;
    await Promise.all(this.clients);
    return this.result;
  }

  private async loop(requests: LoadRequest[], client: number): Promise<void> {
    const options = { keepAlive: client % 2 === 0, maxSockets: 1 };
    const agents = { "http:": new http.Agent(options), "https:": new https.Agent(options) };
    for (let turn = client; !this.stopped; turn++) {
      const request = requests[turn % requests.length]!;
      this.result.requests++;
      const failure = await send(request, agents);
      if (failure !== undefined) this.result.failures.push(`${new Date().toISOString()} ${request.method} ${request.url}: ${failure}`);
      await sleep(20);
    }
    for (const agent of Object.values(agents)) agent.destroy();
  }
}

/** What failed, or nothing. Any certificate is taken. */
function send(request: LoadRequest, agents: Record<"http:" | "https:", http.Agent>): Promise<string | undefined> {
  const url = new URL(request.url);
  const isHttps = url.protocol === "https:";
  return new Promise((resolve) => {
    const outgoing = (isHttps ? https : http).request(
      {
        host: "127.0.0.1",
        port: url.port,
        path: url.pathname + url.search,
        method: request.method,
        headers: { host: url.host, ...request.headers, "content-length": Buffer.byteLength(request.body ?? "") },
        agent: agents[isHttps ? "https:" : "http:"],
        ...(isHttps ? { servername: url.hostname, rejectUnauthorized: false } : {}),
        timeout: 30_000,
      },
      (response) => {
        response.once("error", (error) => resolve(error.message));
        response.once("end", () => resolve((request.status === undefined ? response.statusCode! < 300 : response.statusCode === request.status) ? undefined : `status ${response.statusCode}`));
        response.resume();
      },
    );
    outgoing.once("timeout", () => outgoing.destroy(new Error("no answer in 30 s")));
    outgoing.once("error", (error) => resolve(error.message));
    outgoing.end(request.body);
  });
}
