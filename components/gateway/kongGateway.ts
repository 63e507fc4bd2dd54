import { readComponentFile } from "../files.ts";
import { GATEWAY_PORT } from "./decisions.ts";
import type { GatewayProgram, ProgramContainer } from "./gateway.ts";
import { renderKongBase, renderKongFragment } from "./kong.ts";

const LIVE_DIRECTORY = "/etc/kong/live";
const ADMIN_PORT = 8001;

/** Kong without a database: one declarative file, loaded into the running workers. */
export const kongGateway: GatewayProgram = {
  liveDirectory: LIVE_DIRECTORY,
  fragmentScript: "/etc/kong/fragment.sh",
  renderFragment: renderKongFragment,
  container,
};

/** What Kong is told of the whole gateway. */
export const kongBase = (commonHosts: readonly string[]): string =>
  renderKongBase(commonHosts, {
    rewrite: readComponentFile("gateway/normalizeRequest.lua") + readComponentFile("gateway/kong/rewrite.lua"),
    access: readComponentFile("gateway/kong/access.lua"),
    headerFilter: readComponentFile("gateway/kong/headerFilter.lua"),
  });

/** Kong's settings (kong.conf.default @3.9.3), as it reads them from the environment. None is a secret. */
export const KONG_SETTINGS: Record<string, string> = {
  KONG_DATABASE: "off",
  KONG_DECLARATIVE_CONFIG: `${LIVE_DIRECTORY}/kong.json`,
  KONG_ROUTER_FLAVOR: "expressions",
  KONG_PLUGINS: "pre-function,post-function,request-termination",
  KONG_PROXY_LISTEN: `0.0.0.0:${GATEWAY_PORT}`,
  // On loopback of the container: GET /config shows every key.
  KONG_ADMIN_LISTEN: `127.0.0.1:${ADMIN_PORT}`,
  KONG_ADMIN_GUI_LISTEN: "off",
  KONG_STATUS_LISTEN: "off",
  KONG_ANONYMOUS_REPORTS: "off",
  // The image's own folder is its user's; without capabilities root may not write there.
  KONG_PREFIX: "/run/kong",
  KONG_NGINX_USER: "root root",
  // One, so that what it serves is what the gateway serves (kong/fragment.sh).
  KONG_NGINX_WORKER_PROCESSES: "1",
  KONG_MEM_CACHE_SIZE: "32m",
  // The edge is the one neighbour that sends these headers: its X-Forwarded-Proto and -For are the client's.
  KONG_TRUSTED_IPS: "0.0.0.0/0,::/0",
  KONG_HEADERS: "off",
  // As upstream's (facts/upstream.md §2.4); a container that Docker restarts may come back with another address.
  KONG_DNS_ORDER: "LAST,A,CNAME",
  KONG_DNS_NOT_FOUND_TTL: "1",
  KONG_DNS_VALID_TTL: "2",
  KONG_DNS_STALE_TTL: "2",
  KONG_NGINX_PROXY_PROXY_BUFFER_SIZE: "160k",
  KONG_NGINX_PROXY_PROXY_BUFFERS: "64 160k",
  // Shorter than any service's own: a request that meets the close of an idle connection is lost.
  KONG_UPSTREAM_KEEPALIVE_IDLE_TIMEOUT: "20",
  // No query string: `?apikey=` is a key. nginx's own errors repeat it, and whatever matters of them is in the answer's status.
  KONG_NGINX_HTTP_LOG_FORMAT: `indie '$time_iso8601 $host "$request_method $uri" $status $request_time $upstream_addr'`,
  KONG_PROXY_ACCESS_LOG: "/dev/stdout indie",
  KONG_ADMIN_ACCESS_LOG: "off",
  KONG_PROXY_ERROR_LOG: "/dev/stderr",
  KONG_ADMIN_ERROR_LOG: "/dev/stderr",
  KONG_LOG_LEVEL: "crit",
};

function container(commonHosts: readonly string[]): ProgramContainer {
  return {
    entrypoints: ["bash", "/etc/kong/start.sh"],
    envs: Object.entries(KONG_SETTINGS).map(([name, value]) => `${name}=${value}`),
    uploads: [
      { file: "/etc/kong/base.json", content: kongBase(commonHosts) },
      { file: "/etc/kong/start.sh", content: readComponentFile("gateway/kong/start.sh") },
      { file: "/etc/kong/fragment.sh", content: readComponentFile("gateway/kong/fragment.sh") },
      { file: "/etc/kong/fragments.sh", content: readComponentFile("gateway/fragments.sh") },
    ],
    healthcheck: ["CMD", "bash", "-c", `</dev/tcp/127.0.0.1/${ADMIN_PORT} && </dev/tcp/127.0.0.1/${GATEWAY_PORT}`],
    // nginx ends its requests first.
    stopSignal: "SIGQUIT",
  };
}
