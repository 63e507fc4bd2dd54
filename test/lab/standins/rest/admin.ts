// The admin server: /live, /ready (docs/references/admin_server.rst; src/PostgREST/Admin.hs at v14.17).
import { createServer } from "node:http";
import type { Server } from "node:http";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { SERVER_NAME } from "./app.ts";
import { notImplemented } from "./errors.ts";
import type { State } from "./state.ts";

/** Whether the API's own socket takes a connection. */
function isReachable(api: Server): Promise<boolean> {
  const address = api.address() as AddressInfo | null;
  if (address === null) return Promise.resolve(false);
  const host = address.address === "0.0.0.0" ? "127.0.0.1" : address.address === "::" ? "::1" : address.address;
  return new Promise((resolve) => {
    const socket = connect(address.port, host);
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/** A reload of a cache that is there leaves it ready: the old one serves meanwhile. */
function readyStatus(reachable: boolean, state: State): number {
  if (!reachable) return 500;
  if (state.cache !== undefined) return 200;
  return state.pending ? 503 : 500;
}

export function createAdminServer(state: State, api: Server): Server {
  return createServer(async (request, response) => {
    response.setHeader("Server", SERVER_NAME);
    response.setHeader("x-lab-stand-in", "rest");
    const path = (request.url ?? "/").split("?")[0];
    const reachable = await isReachable(api);
    if (path === "/live") response.statusCode = reachable ? 200 : 500;
    else if (path === "/ready") response.statusCode = readyStatus(reachable, state);
    else if (path === "/metrics" || path === "/schema_cache") {
      const error = notImplemented(path);
      response.statusCode = error.status;
      response.setHeader("Content-Type", "application/json; charset=utf-8");
      response.end(error.body());
      return;
    } else response.statusCode = 404;
    response.end();
  });
}
