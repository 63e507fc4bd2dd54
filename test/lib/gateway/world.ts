import type { GatewayKeys, ProjectFragment } from "../../../components/gateway/decisions.ts";
import type { GatewayWorld } from "./requests.ts";

export const keysOf = (name: string): GatewayKeys => ({
  anonKey: `${name}-anon`,
  serviceRoleKey: `${name}-service`,
  publishableKey: `sb_publishable_${name}`,
  publishableToken: `${name}-publishable-token`,
  secretKey: `sb_secret_${name}`,
  secretToken: `${name}-secret-token`,
});

export const COMMON_HOSTS = ["api.localhost", "gateway"];
export const STORAGE = "127.0.0.5";

/** A project with every service, one with two, one that another gateway serves, and one that is suspended; each service at an address of its own. */
export const projects = (port: number): ProjectFragment[] => [
  {
    name: "blog",
    hosts: ["blog.localhost", "blog.example.com"],
    keys: keysOf("blog"),
    services: {
      auth: { container: "127.0.0.2", port },
      rest: { container: "127.0.0.3", port },
      realtime: { container: "127.0.0.4", port, host: "blog" },
      storage: { container: STORAGE, port, headers: { "x-forwarded-host": "blog.localhost" } },
      meta: { container: "127.0.0.6", port, headers: { "x-connection-encrypted": 'cipher"\\text' } },
    },
  },
  {
    name: "blog-eu",
    hosts: ["blog-eu.localhost"],
    keys: keysOf("blog-eu"),
    services: { auth: { container: "127.0.0.12", port }, rest: { container: "127.0.0.13", port } },
  },
  { name: "shop", hosts: [], keys: keysOf("shop"), services: {}, gateway: { container: "127.0.0.20", port } },
  { name: "old-shop", hosts: ["old-shop.localhost"], keys: keysOf("old-shop"), services: {}, off: "suspended" },
];

export const WORLD: GatewayWorld = {
  keys: keysOf("blog"),
  otherKeys: keysOf("blog-eu"),
  keysElsewhere: keysOf("shop"),
  ownHost: "blog.localhost",
  domain: "blog.example.com",
  otherHost: "blog-eu.localhost",
  commonHost: "api.localhost",
  unknownHost: "nobody.localhost",
};
