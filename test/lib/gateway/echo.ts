import { createServer, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** What a service saw of a request. */
export interface Echoed {
  /** The address that was asked: each service has one of its own, all of them this computer's. */
  service: string;
  method: string;
  target: string;
  headers: IncomingHttpHeaders;
}

const echo = ({ socket, method = "", url = "", headers }: IncomingMessage): string =>
  JSON.stringify({ service: socket.localAddress?.replace(/^::ffff:/, "") ?? "", method, target: url, headers } satisfies Echoed);

/** Every service at once: one port on every loopback address, which answers what it was asked, in `x-echo`. */
export async function startEcho(): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    // As a service that sends CORS headers of its own.
    response.setHeader("access-control-allow-origin", "https://service.example.com");
    response.setHeader("access-control-allow-credentials", "true");
    response.setHeader("x-echo", echo(request));
    response.end("");
  });
  server.on("upgrade", (request, socket) => {
    socket.end(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nx-echo: ${echo(request)}\r\n\r\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
