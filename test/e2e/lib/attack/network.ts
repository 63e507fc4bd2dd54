// The containers of a stack, and a place among them: a container of ours in one of its networks, that asks what it is told to ask.
import { setTimeout as sleep } from "node:timers/promises";
import { docker } from "../testStack.ts";
import type { Answer } from "./door.ts";
import type { HttpRequest } from "./http.ts";

export interface Container {
  name: string;
  image: string;
  service: string;
  /** Undefined: all projects'. */
  project?: string;
  /** By network. */
  addresses: Record<string, string>;
  /** That anyone outside of Docker may use: `<address>:<port>`. */
  published: string[];
}

interface Inspected {
  Name: string;
  Config: { Image: string; Labels: Record<string, string> };
  NetworkSettings: { Networks: Record<string, { IPAddress: string }>; Ports: Record<string, { HostIp: string; HostPort: string }[] | null> };
}

export async function containersOf(stack: string): Promise<Container[]> {
  const ids = (await docker("ps", "--quiet", "--filter", `label=indie-ventures.stack=${stack}`)).split("\n").filter(Boolean);
  const inspected = JSON.parse(await docker("inspect", ...ids)) as Inspected[];
  return inspected.map(({ Name, Config: { Image, Labels }, NetworkSettings: { Networks, Ports } }) => ({
    name: Name.slice(1),
    image: Image,
    service: Labels["indie-ventures.service"]!,
    project: Labels["indie-ventures.project"],
    addresses: Object.fromEntries(Object.entries(Networks).map(([network, { IPAddress }]) => [network, IPAddress])),
    published: Object.values(Ports).flatMap((bindings) => (bindings ?? []).map(({ HostIp, HostPort }) => `${HostIp}:${HostPort}`)),
  }));
}

/** Where each service listens: for requests, and for administrators. */
const PORTS: Record<string, number[]> = {
  auth: [9999],
  rest: [3000, 3001],
  realtime: [4000],
  storage: [5000, 5001],
  imgproxy: [5001],
  meta: [8080],
  studio: [3000],
  gateway: [8000, 9901],
  edge: [80],
};

export interface Target {
  container: Container;
  host: string;
  port: number;
}

/** Each port of a container, by its name and by each of its addresses. Doors lead to Postgres and have none; see "Postgres: log in". */
export const targetsOf = (container: Container): Target[] =>
  (PORTS[container.service] ?? []).flatMap((port) =>
    [container.name, ...Object.values(container.addresses)].map((host) => ({ container, host, port })),
  );

/** Runs inside. One request in, one answer out; `connect` tries the connection alone. */
const SCRIPT = `
const http = require("node:http"), net = require("node:net");
const ask = ({ host, port, method, path, headers, body, connect }) => new Promise((resolve) => {
  const fail = (error) => resolve({ error: error.code || error.message });
  if (connect) {
    const socket = net.connect({ host, port }, () => { socket.destroy(); resolve({ status: 0, text: "connected" }); });
    socket.setTimeout(1500, () => { socket.destroy(); fail(new Error("ETIMEDOUT")); });
    return socket.on("error", fail);
  }
  const sent = http.request({ host, port, method, path, headers, timeout: 15000 }, (response) => {
    let text = JSON.stringify(response.headers) + "\\n";
    response.setEncoding("latin1").on("data", (chunk) => (text += chunk)).on("end", () => resolve({ status: response.statusCode, text }));
  });
  sent.on("timeout", () => sent.destroy(new Error("no answer"))).on("error", fail).end(body);
});
http.createServer(async (request, response) => {
  let text = "";
  for await (const chunk of request) text += chunk;
  response.end(JSON.stringify(text === "" ? {} : await ask(JSON.parse(text))));
}).listen(7000);
`;

/** A place in a network: what a program in one of its containers could do. */
export class Place {
  private readonly container: string;
  private readonly url: string;

  private constructor(container: string, url: string) {
    this.container = container;
    this.url = url;
  }

  /** @param image one that has node */
  static async in(stack: string, networks: string[], image: string): Promise<Place> {
    const labels = ["--label", `indie-ventures.stack=${stack}`, "--label", "indie-ventures.service=attack"];
    const [first, ...others] = networks as [string, ...string[]];
    const run = ["run", "--detach", "--rm", ...labels, "--network", first, "--publish", "127.0.0.1::7000", "--entrypoint", "node", image, "-e", SCRIPT];
    const container = (await docker(...run)).trim();
    for (const network of others) await docker("network", "connect", network, container);
    const place = new Place(container, `http://${(await docker("port", container, "7000/tcp")).trim()}`);
    for (let attempt = 0; attempt < 100 && !(await fetch(place.url).then(() => true, () => false)); attempt++) await sleep(100);
    return place;
  }

  /** Whether there is a way at all. */
  connect(host: string, port: number): Promise<Answer> {
    return this.ask({ host, port, connect: true });
  }

  send(host: string, port: number, { method = "GET", path, headers = {}, body }: HttpRequest): Promise<Answer> {
    const json = body === undefined ? {} : { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) };
    return this.ask({ host, port, method, path, headers: { ...json, ...headers }, body });
  }

  async leave(): Promise<void> {
    await docker("rm", "--force", this.container);
  }

  private async ask(request: object): Promise<Answer> {
    const response = await fetch(this.url, { method: "POST", body: JSON.stringify(request) });
    const { status, text = "", error } = (await response.json()) as { status?: number; text?: string; error?: string };
    if (status === undefined) return { result: error === "no answer" ? "broken" : "refused", outcome: "no connection", text: error ?? "" };
    return { result: status >= 500 ? "broken" : status >= 400 ? "refused" : "granted", outcome: status === 0 ? "connected" : String(status), text };
  }
}
