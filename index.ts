import * as pulumi from "@pulumi/pulumi";
import { readdirSync, readFileSync } from "node:fs";
import { Backups } from "./components/backups.ts";
import { purgedNames, readBackupStatus, readSeeds, withoutPurged } from "./components/backupStatus.ts";
import { Certificates } from "./components/certificates.ts";
import { readCertificateStatus } from "./components/certificateStatus.ts";
import { dataGuard } from "./components/dataGuard.ts";
import { Edge } from "./components/edge.ts";
import { refuseTwins } from "./components/equalKeys.ts";
import { FileStore } from "./components/fileStore.ts";
import { readMigrations } from "./components/migrations/projectMigrations.ts";
import { Networks } from "./components/networks.ts";
import { PostgresServer } from "./components/postgresServer.ts";
import { preflight } from "./components/preflight.ts";
import { stackOutputs } from "./components/projectOutputs.ts";
import { quietDebug } from "./components/quietDebug.ts";
import { Server } from "./components/server/server.ts";
import { SharedSupabaseStack } from "./components/sharedSupabaseStack.ts";
import { SupabaseProject } from "./components/supabaseProject.ts";
import { hasTls, loadSpec, postgresSettings, running, SpecError } from "./spec/index.ts";

// The SDK looks at the stack of every promise it makes, and maps it through source maps that stripped types do not have: a sixth of
// the program's time (docs/measurements.md).
Reflect.deleteProperty(Error, "prepareStackTrace");
quietDebug();

const config = new pulumi.Config("indie-ventures");
const { stack, projects: written, images } = readSpec();
const [backupStatus, seeds, certificateStatus] = await Promise.all([readBackupStatus(stack.stack), readSeeds(stack.stack), readCertificateStatus(stack)]);
const projects = withoutPurged(written, backupStatus, stack);
const { version: engineVersion } = await preflight(stack, projects, backupStatus);
const migrations = await readMigrations(pulumi.getStack(), projects);

const server = new Server("server", { stack: pulumi.getStack(), engineVersion });
const networks = new Networks("networks", server);
const postgres = new PostgresServer("postgres", {
  server,
  networks,
  image: images.postgres,
  doorImage: images.nginx,
  port: stack.postgresPort,
  realtimeImage: images.realtime,
  settings: postgresSettings(projects),
  protect: stack.protectData,
});
const certificates = hasTls(stack) ? new Certificates("certificates", { server, images, stack, projects }) : undefined;
const edge = new Edge("edge", { server, networks, image: images.nginx, bind: stack.bind, httpPort: stack.httpPort, certificates });
const files = new FileStore("files", { server, protect: stack.protectData });
const plane = new SharedSupabaseStack("shared", { server, networks, postgres, edge, files, images, stack, projects: running(projects) });
const backups = new Backups("backups", { server, networks, postgres, files, images, stack });
for (const name of purgedNames(written, backupStatus)) backups.purged(name);
const supabaseProjects = projects.map(
  (project) =>
    new SupabaseProject({
      ...{ project, stack, server, networks, postgres, edge, files, backups, plane, images },
      seedOnServer: seeds[project.name],
      migrations: migrations[project.name],
    }),
);
refuseTwins(supabaseProjects.map(({ keySource }) => keySource), stack);
dataGuard("data-guard", {
  protectData: stack.protectData,
  guarded: [server, networks, postgres, edge, files, backups, plane, ...(certificates ? [certificates] : []), ...supabaseProjects],
});

function readSpec() {
  try {
    return loadSpec({ stack: pulumi.getStack(), get: (key) => config.get(key), readFile: (path) => readFileSync(path, "utf8"), readFolder: (path) => readdirSync(path) });
  } catch (error) {
    throw error instanceof SpecError ? new pulumi.RunError(error.message) : error;
  }
}

const projectNames = projects.map(({ name }) => name);
const outputs = stackOutputs(supabaseProjects, projects, { stack, backupStatus, certificateStatus });
const { protectData } = stack;
export { outputs as projects, projectNames, protectData };
