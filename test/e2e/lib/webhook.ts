import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Notice } from "../../../images/backup/notify.ts";
import { docker } from "./testStack.ts";

/** A server on this computer that containers of any network reach, and what was posted to it. */
export interface Webhook {
  url: string;
  got: Notice[];
  close(): Promise<void>;
}

export async function webhook(): Promise<Webhook> {
  const got: Notice[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (part: Buffer) => (text += part));
    request.on("end", () => {
      got.push(JSON.parse(text) as Notice);
      response.writeHead(200).end();
    });
  });
  // The engine's own bridge: a private address of this computer.
  const host = await docker("network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}");
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}/a-token`,
    got,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
