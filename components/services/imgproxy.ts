export const IMGPROXY_PORT = 5001;
/** The program's own, as upstream's compose file does. */
export const IMGPROXY_HEALTHCHECK = ["CMD", "imgproxy", "health"];

/** imgproxy's environment: supabase/supabase docker/docker-compose.yml @1f37f2a9 (facts/upstream.md §1.3). Holds no secret. */
export const imgproxyEnvironment = (): Record<string, string> => ({
  IMGPROXY_BIND: `:${IMGPROXY_PORT}`,
  IMGPROXY_LOCAL_FILESYSTEM_ROOT: "/",
  IMGPROXY_USE_ETAG: "true",
  IMGPROXY_AUTO_WEBP: "true",
  IMGPROXY_MAX_SRC_RESOLUTION: "16.8",
});
