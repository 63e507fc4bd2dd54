import { readComponentFile } from "../files.ts";
import { GATEWAY_PORT } from "./decisions.ts";
import { ADMIN_PORT, LIVE_DIRECTORY, renderCommonHost, renderFragment } from "./envoy.ts";
import { renderBootstrap, renderCandidateBootstrap } from "./envoyBootstrap.ts";
import type { GatewayProgram, ProgramContainer } from "./gateway.ts";

/** Envoy: a listener that never changes; routes and clusters are files that it watches. */
export const envoyGateway: GatewayProgram = {
  liveDirectory: LIVE_DIRECTORY,
  fragmentScript: "/etc/envoy/fragment.sh",
  renderFragment,
  container,
};

/** What Envoy runs for each request. */
export const envoyLua = (): string => readComponentFile("gateway/normalizeRequest.lua") + readComponentFile("gateway/envoy.lua");

function container(commonHosts: readonly string[]): ProgramContainer {
  return {
    entrypoints: ["bash", "/etc/envoy/start.sh"],
    uploads: [
      { file: "/etc/envoy/envoy.json", content: renderBootstrap(envoyLua()) },
      { file: "/etc/envoy/candidate.json", content: renderCandidateBootstrap(envoyLua()) },
      { file: "/etc/envoy/common.json", content: renderCommonHost(commonHosts) },
      { file: "/etc/envoy/start.sh", content: readComponentFile("gateway/start.sh") },
      { file: "/etc/envoy/fragment.sh", content: readComponentFile("gateway/fragment.sh") },
      { file: "/etc/envoy/fragments.sh", content: readComponentFile("gateway/fragments.sh") },
    ],
    healthcheck: ["CMD", "bash", "-c", `</dev/tcp/127.0.0.1/${ADMIN_PORT} && </dev/tcp/127.0.0.1/${GATEWAY_PORT}`],
  };
}
