import * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { dataGuard } from "./components/dataGuard.ts";
import { Edge } from "./components/edge.ts";
import { Networks } from "./components/networks.ts";
import { PostgresServer } from "./components/postgresServer.ts";
import { refuseRemoved } from "./components/removedProjects.ts";
import { requireDocker } from "./components/server/requireDocker.ts";
import { requirePorts } from "./components/server/requirePorts.ts";
import { requireStateRoom } from "./components/server/stateRoom.ts";
import { Server } from "./components/server/server.ts";
import { SharedSupabaseStack } from "./components/sharedSupabaseStack.ts";
import { SupabaseProject } from "./components/supabaseProject.ts";
import { loadSpec, SpecError } from "./spec/index.ts";

// The SDK looks at the stack of every promise it makes, and maps it through source maps that stripped types do not have: a sixth of
// the program's time (docs/measurements.md).
Reflect.deleteProperty(Error, "prepareStackTrace");

const config = new pulumi.Config("indie-ventures");
const { stack, projects, images } = readSpec();
requireStateRoom();
await requireDocker();
await requirePorts(pulumi.getStack(), [
  { key: "httpPort", address: stack.bind, port: stack.httpPort },
  { key: "postgresPort", address: "127.0.0.1", port: stack.postgresPort },
]);
const names = projects.map(({ name }) => name);
await refuseRemoved(names, stack);

const server = new Server("server", { stack: pulumi.getStack() });
const networks = new Networks("networks", server);
const postgres = new PostgresServer("postgres", {
  server,
  networks,
  image: images.postgres,
  doorImage: images.nginx,
  port: stack.postgresPort,
  protect: stack.protectData,
});
const edge = new Edge("edge", { server, networks, image: images.nginx, bind: stack.bind, httpPort: stack.httpPort });
const plane = new SharedSupabaseStack("shared", { server, networks, edge, images, domain: stack.domain });
const supabaseProjects = projects.map(
  (project) => new SupabaseProject({ project, stack, server, postgres, edge, plane, images }),
);
dataGuard("data-guard", {
  protectData: stack.protectData,
  guarded: [server, networks, postgres, edge, plane, ...supabaseProjects],
});

function readSpec() {
  try {
    return loadSpec({ stack: pulumi.getStack(), get: (key) => config.get(key), readFile: (path) => readFileSync(path, "utf8") });
  } catch (error) {
    throw error instanceof SpecError ? new pulumi.RunError(error.message) : error;
  }
}

const outputs = Object.fromEntries(supabaseProjects.map((project, index) => [names[index], project.projectOutputs]));
const { protectData } = stack;
export { outputs as projects, names as projectNames, protectData };
