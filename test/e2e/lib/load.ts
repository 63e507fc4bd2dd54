import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** One request that the load repeats. */
export interface LoadRequest {
  /** `http://blog.localhost:8080/rest/v1/notes` */
  url: string;
  method: "GET" | "POST";
  headers: Record<string, string>;
  body?: string;
}

export interface LoadResult {
  requests: number;
  /** What went wrong, in words; empty when each request got a 2xx. */
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
    const keepAlive = client % 2 === 0;
    const agent = new http.Agent({ keepAlive, maxSockets: 1 });
    for (let turn = client; !this.stopped; turn++) {
      const request = requests[turn % requests.length]!;
      this.result.requests++;
      const failure = await send(request, agent);
      if (failure !== undefined) this.result.failures.push(`${new Date().toISOString()} ${request.method} ${request.url}: ${failure}`);
      await sleep(20);
    }
    agent.destroy();
  }
}

/** What failed, or nothing. */
function send(request: LoadRequest, agent: http.Agent): Promise<string | undefined> {
  const url = new URL(request.url);
  return new Promise((resolve) => {
    const outgoing = http.request(
      {
        host: "127.0.0.1",
        port: url.port,
        path: url.pathname + url.search,
        method: request.method,
        headers: { host: url.host, ...request.headers, "content-length": Buffer.byteLength(request.body ?? "") },
        agent,
        timeout: 30_000,
      },
      (response) => {
        response.once("error", (error) => resolve(error.message));
        response.once("end", () => resolve(response.statusCode! < 300 ? undefined : `status ${response.statusCode}`));
        response.resume();
      },
    );
    outgoing.once("timeout", () => outgoing.destroy(new Error("no answer in 30 s")));
    outgoing.once("error", (error) => resolve(error.message));
    outgoing.end(request.body);
  });
}
