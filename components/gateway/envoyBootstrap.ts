import { GATEWAY_PORT } from "./decisions.ts";
import { ADMIN_PORT, LIVE_DIRECTORY } from "./envoy.ts";

/** The name of the one route configuration, in the bootstrap and in the file that fragment.sh writes. */
export const ROUTE_CONFIGURATION = "projects";
/** Placeholders of the file that a candidate is checked with (fragment.sh puts the candidate there). */
export const ROUTES_PLACEHOLDER = "@ROUTES@";
export const CLUSTERS_PLACEHOLDER = "@CLUSTERS@";

const watched = (file: string) => ({
  path_config_source: { path: `${LIVE_DIRECTORY}/${file}`, watched_directory: { path: LIVE_DIRECTORY } },
  resource_api_version: "V3",
});

const dynamicRoutes = { rds: { route_config_name: ROUTE_CONFIGURATION, config_source: watched("routes.json") } };
const candidateRoutes = { route_config: ROUTES_PLACEHOLDER };

function listener(routes: typeof dynamicRoutes | typeof candidateRoutes, lua: string) {
  return {
    name: "http",
    address: { socket_address: { address: "0.0.0.0", port_value: GATEWAY_PORT } },
    per_connection_buffer_limit_bytes: 32768,
    filter_chains: [
      {
        filters: [
          {
            name: "envoy.filters.network.http_connection_manager",
            typed_config: {
              "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
              stat_prefix: "http",
              ...routes,
              // The edge is the one trusted hop: its X-Forwarded-Proto and -For are the client's (facts/upstream.md §2.1).
              use_remote_address: true,
              xff_num_trusted_hops: 1,
              normalize_path: true,
              merge_slashes: true,
              path_with_escaped_slashes_action: "REJECT_REQUEST",
              upgrade_configs: [{ upgrade_type: "websocket" }],
              http_filters: [
                {
                  name: "envoy.filters.http.lua",
                  typed_config: {
                    "@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua",
                    default_source_code: { inline_string: lua },
                  },
                },
                {
                  name: "envoy.filters.http.router",
                  typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
                },
              ],
              access_log: [
                {
                  name: "envoy.access_loggers.stdout",
                  typed_config: {
                    "@type": "type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
                    // No query string: `?apikey=` is a key.
                    log_format: {
                      formatters: [
                        {
                          name: "envoy.formatter.req_without_query",
                          typed_config: {
                            "@type": "type.googleapis.com/envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery",
                          },
                        },
                      ],
                      text_format_source: {
                        inline_string:
                          '%START_TIME% %REQ(:AUTHORITY)% "%REQ(:METHOD)% %REQ_WITHOUT_QUERY(X-ENVOY-ORIGINAL-PATH?:PATH)%" %RESPONSE_CODE% %RESPONSE_FLAGS% %DURATION%ms %UPSTREAM_CLUSTER%\n',
                      },
                    },
                  },
                },
              ],
            },
          },
        ],
      },
    ],
  };
}

const admin = { address: { socket_address: { address: "127.0.0.1", port_value: ADMIN_PORT } } };

/** Envoy asks for a limit on connections at start (facts/engine.md); upstream's own number. */
const overload = {
  overload_manager: {
    resource_monitors: [
      {
        name: "envoy.resource_monitors.global_downstream_max_connections",
        typed_config: {
          "@type":
            "type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
          max_active_downstream_connections: 30000,
        },
      },
    ],
  },
};

/** The file that Envoy starts from. Everything that changes comes from files under {@link LIVE_DIRECTORY}. */
export function renderBootstrap(lua: string): string {
  return JSON.stringify(
    {
      node: { id: "gateway", cluster: "gateway" },
      admin,
      dynamic_resources: { cds_config: watched("clusters.json") },
      static_resources: { listeners: [listener(dynamicRoutes, lua)] },
      ...overload,
    },
    null,
    2,
  );
}

/** The same with the candidate's routes and clusters inline, because `envoy --mode validate` does not read watched files. */
export function renderCandidateBootstrap(lua: string): string {
  return JSON.stringify({
    node: { id: "gateway", cluster: "gateway" },
    admin,
    static_resources: { listeners: [listener(candidateRoutes, lua)], clusters: CLUSTERS_PLACEHOLDER },
  });
}
