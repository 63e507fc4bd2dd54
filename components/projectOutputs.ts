import type * as pulumi from "@pulumi/pulumi";
import type { Project, StackConfig } from "../spec/index.ts";
import type { BackupStatus } from "./backupStatus.ts";
import { certificateOutputs, type CertificateStatus } from "./certificateStatus.ts";
import type { StudioOutputs } from "./projectStudio.ts";

/** What `projects.<name>` of the stack's outputs holds. Keep it stable: other programs read it. */
export interface ProjectOutputs {
  url: string;
  architecture: Project["architecture"];
  state: Project["state"];
  domains: string[];
  /** What its backups were told: a plan says by them what goes earlier than before. */
  purgeAfterDays: number;
  keep: Project["backups"]["keep"];
  database: string;
  anonKey: pulumi.Output<string>;
  serviceRoleKey: pulumi.Output<string>;
  publishableKey: pulumi.Output<string>;
  secretKey: pulumi.Output<string>;
  jwtSecret: pulumi.Output<string>;
  dbUrl: pulumi.Output<string>;
  /** There while a Studio runs for it. */
  studio?: StudioOutputs;
}

interface Known {
  stack: StackConfig;
  backupStatus: BackupStatus;
  certificateStatus: CertificateStatus;
}

/** `projects` of the stack's outputs: what a project is, with what the server said of it before this update. */
export const stackOutputs = (made: { projectOutputs: ProjectOutputs }[], projects: Project[], { stack, backupStatus, certificateStatus }: Known) =>
  Object.fromEntries(
    projects.map((project, index) => [
      project.name,
      { ...made[index]!.projectOutputs, ...certificateOutputs(project, stack, certificateStatus), backups: backupStatus[project.name] ?? { provenBackups: 0 } },
    ]),
  );
