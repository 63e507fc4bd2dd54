import * as pulumi from "@pulumi/pulumi";
import { hasTls, postgresSettings, type Project, running, type StackConfig, tooSmall } from "../spec/index.ts";
import type { BackupStatus } from "./backupStatus.ts";
import { readCertificateFiles } from "./certificates.ts";
import { warnOfPostgresRestart } from "./postgresRestart.ts";
import { refuseRemoved } from "./removedProjects.ts";
import { type Engine, requireDocker } from "./server/requireDocker.ts";
import { requirePorts } from "./server/requirePorts.ts";
import { requireStateRoom } from "./server/requireStateRoom.ts";

/**
 * All that can be seen beforehand: what would fail in the middle of an update fails here, at preview, with nothing changed; and what
 * would surprise is said. Returns the engine that there is.
 *
 * @throws RunError that says what is wrong and what to do
 */
export async function preflight(stack: StackConfig, projects: Project[], backups: BackupStatus): Promise<Engine> {
  requireStateRoom();
  const engine = await requireDocker(pulumi.getStack());
  await requirePorts(pulumi.getStack(), [
    { key: "httpPort", address: stack.bind, port: stack.httpPort },
    ...(hasTls(stack) ? [{ key: "httpsPort" as const, address: stack.bind, port: stack.httpsPort }] : []),
    { key: "postgresPort", address: "127.0.0.1", port: stack.postgresPort },
  ]);
  const notEnough = tooSmall(running(projects), engine.memory, stack.projectsFile, stack.gateway, hasTls(stack));
  if (notEnough !== undefined) throw new pulumi.RunError(notEnough);
  readCertificateFiles(stack, projects);
  await warnOfPostgresRestart(pulumi.getStack(), postgresSettings(projects));
  await refuseRemoved(projects.map(({ name }) => name), backups, stack);
  return engine;
}
