import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { STATE, VAULT } from "../images/backup/places.ts";
import { type BackupProject, RESTORING } from "../images/backup/project.ts";
import { databaseName, imageOf, type Images, type Project, readNotify, roleNames, SELF_HOSTED, SpecError, type StackConfig } from "../spec/index.ts";
import { BACKUP_MEMORY, SCRATCH_MEMORY } from "../spec/capacity.ts";
import { PROJECT_SERVICES } from "../spec/project.ts";
import { BRING_BACK, DELETE_FILES, FORGET, FORGET_PURGED, inContainer, KEEP_PURGED, PUT } from "./backupScripts.ts";
import { builtImage } from "./builtImage.ts";
import { quoteIdentifier, renderTenancySql } from "./database/tenancySql.ts";
import { readComponentFile } from "./files.ts";
import type { FileStore } from "./fileStore.ts";
import type { Networks } from "./networks.ts";
import { fixedName, labels } from "./ours.ts";
import type { PostgresServer } from "./postgresServer.ts";
import { type Server, unlessGone } from "./server/server.ts";
import { serviceContainer } from "./services/serviceContainer.ts";

export interface BackupsArgs {
  server: Server;
  networks: Networks;
  postgres: PostgresServer;
  files: FileStore;
  images: Images;
  stack: StackConfig;
}

export interface ProjectBackupArgs {
  project: Project;
  /** Of the project's keys. Secret. */
  seed: pulumi.Output<string>;
  /** For who leaves with the project: upstreamEnvironment.ts. Secret. */
  environment: pulumi.Output<Record<string, string>>;
}

/**
 * Variables of the repository's own that the secret setting `backupEnvironment` may bring: what restic knows of the places it can store in,
 * and for SFTP what ssh would have in files (images/backup/ssh.ts).
 */
const REPOSITORY_VARIABLE = /^(?:(?:AWS|RESTIC_REST|B2|AZURE|GOOGLE|OS|ST)_[A-Z0-9_]+|SSH_PRIVATE_KEY|SSH_KNOWN_HOSTS)$/;
/** Without the one nobody is let in; without the other anybody could stand in the server's place. */
const SFTP_VARIABLES = ["SSH_PRIVATE_KEY", "SSH_KNOWN_HOSTS"];

/** Backups of all projects: one container that makes and proves them, by itself and on demand, and a Postgres for the proofs (images/backup). */
export class Backups extends pulumi.ComponentResource {
  private readonly args: BackupsArgs;
  private readonly container: docker.Container;
  private readonly scratchSocket: docker.Volume;

  constructor(name: string, args: BackupsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("indie-ventures:index:Backups", name, {}, opts);
    this.args = args;
    this.scratchSocket = this.volume("scratch-socket");
    this.createScratch();
    this.container = this.createContainer();
    this.registerOutputs({});
  }

  /** Tells the container of a project, and makes the folder of its files: the container has all of them. Another project's are not touched. */
  project(name: string, { project, seed, environment }: ProjectBackupArgs, parent: pulumi.Resource): pulumi.Resource {
    const { server, images, stack } = this.args;
    const warning = renderUnproven(project, images);
    if (warning !== undefined) void pulumi.log.warn(warning, parent);
    return server.exec(
      `${name}-backup`,
      {
        create: inContainer('--interactive "$container" sh -c "$PUT" put "$PROJECT"'),
        // Its backups stay, and with protected data its files.
        delete: unlessGone(inContainer('--interactive "$container" sh -c "$FORGET" forget "$PROJECT"')),
        stdin: pulumi.secret(pulumi.all([seed, environment])).apply((secrets) => `${JSON.stringify(describeProject(project, images, ...secrets))}\n`),
        environment: { CONTAINER: fixedName(server.stack, "backup"), PROJECT: name, PUT: project.state === "removed" ? PUT : `${BRING_BACK}\n${PUT}`, FORGET: stack.protectData ? FORGET : `${FORGET}\n${DELETE_FILES}` },
      },
      // Made anew it is told last of all: the other way round, what goes would take the project's file with it.
      { parent, dependsOn: [this.container], deleteBeforeReplace: true },
    );
  }

  /** Takes a project away whose logins are off and whose address says so. Back it comes as it came: when it is there again. */
  removal(name: string, after: pulumi.Resource[], parent: pulumi.Resource): pulumi.Resource {
    const { server } = this.args;
    return server.exec(
      `${name}-removal`,
      {
        create: inContainer('"$container" node main.ts remove "$PROJECT"'),
        environment: { CONTAINER: fixedName(server.stack, "backup"), PROJECT: name },
      },
      { parent, dependsOn: after },
    );
  }

  /**
   * Of a project that was purged and whose entry still stands in the file: that it was purged stays known until the entry goes. Else the update
   * after the next would take the entry for a new project's.
   */
  purged(name: string): pulumi.Resource {
    const { server } = this.args;
    return server.exec(
      `${name}-purged`,
      {
        create: inContainer('"$container" sh -c "$KEEP" keep "$PROJECT"'),
        delete: unlessGone(inContainer('"$container" sh -c "$FORGET" keep "$PROJECT"')),
        environment: { CONTAINER: fixedName(server.stack, "backup"), PROJECT: name, KEEP: KEEP_PURGED, FORGET: FORGET_PURGED },
      },
      { parent: this, dependsOn: [this.container] },
    );
  }

  private volume(thing: string, protect = false): docker.Volume {
    const { server } = this.args;
    return new docker.Volume(thing, { name: fixedName(server.stack, thing), labels: labels(server, "backup") }, { parent: this, provider: server.docker, protect });
  }

  /** A Postgres as the server's, for a proof's time: no network, no secret, no data that stays. */
  private createScratch(): void {
    const { server, images } = this.args;
    serviceContainer(
      "scratch",
      {
        server,
        service: "scratch",
        image: images.postgres,
        name: fixedName(server.stack, "scratch"),
        networks: [],
        networkMode: "none",
        entrypoints: ["bash", "/etc/indie-ventures/scratch.sh"],
        uploads: [
          { file: "/etc/indie-ventures/scratch.sh", content: readFileSync(new URL("../images/backup/scratch.sh", import.meta.url), "utf8") },
          { file: "/etc/indie-ventures/pg_hba.conf", content: readComponentFile("database/pg_hba.conf") },
        ],
        volumes: [
          { volumeName: this.scratchSocket.name, containerPath: "/scratch" },
          { volumeName: this.volume("scratch-data").name, containerPath: "/var/lib/postgresql/data" },
        ],
        healthcheck: ["CMD", "test", "-d", "/scratch"],
        memory: SCRATCH_MEMORY,
        // What the image's entrypoint needs, and to end a server of another user.
        capabilities: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"],
      },
      { parent: this },
    );
  }

  private createContainer(): docker.Container {
    const { server, networks, postgres, files, images, stack } = this.args;
    const { image, built } = builtImage("backup", { server, named: images.backup, parent: this });
    return serviceContainer(
      "backup",
      {
        server,
        service: "backup",
        image,
        isBuilt: built.length > 0,
        name: fixedName(server.stack, "backup"),
        // restic's locks name it: those of the container before this one are known as ours (images/backup/restic.ts).
        hostname: fixedName(server.stack, "backup"),
        networks: [{ name: networks.db.name }, { name: networks.backup.name }],
        envs: this.environment(),
        volumes: [
          { volumeName: this.volume("backup-state", stack.protectData).name, containerPath: STATE },
          this.repositoryMount(),
          files.all(),
          { volumeName: postgres.customVolume.name, containerPath: VAULT, readOnly: true },
          { volumeName: this.scratchSocket.name, containerPath: "/scratch" },
        ],
        healthcheck: ["CMD", "test", "-e", `${STATE}/status.json`],
        memory: BACKUP_MEMORY,
        // Files with their owners, whoever they are; and programs that read what others wrote run as nobody.
        capabilities: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"],
        destroyGraceSeconds: stack.protectData ? 30 : 5,
      },
      { parent: this, dependsOn: [postgres.reader, ...built] },
    );
  }

  private repositoryMount() {
    const { backupRepository, protectData } = this.args.stack;
    const containerPath = REPOSITORY_FOLDER;
    if (backupRepository.startsWith("/")) return { hostPath: backupRepository, containerPath };
    // Also where the repository is elsewhere, so that the way back is no other mount.
    return { volumeName: this.volume("backups", protectData).name, containerPath };
  }

  private environment(): pulumi.Output<string[]> {
    const { server, postgres, images, stack } = this.args;
    const config = new pulumi.Config("indie-ventures");
    const isElsewhere = stack.backupRepository.includes(":");
    const own = config.getSecretObject<Record<string, string>>("backupEnvironment") ?? pulumi.output({});
    const notify = config.getSecretObject<unknown>("notify") ?? pulumi.output(undefined);
    const password = config.getSecret("backupPassword") ?? postgres.lastingSecret("backup-repository");
    return pulumi.secret(pulumi.all([own, notify, password, postgres.superuserPassword, postgres.readerPassword])).apply(([extra, told, repository, superuser, reader]) => [
      `STACK=${server.stack}`,
      "DATABASE_HOST=database",
      "DATABASE_PORT=5432",
      `POSTGRES_IMAGE=${images.postgres}`,
      `SUPERUSER_PASSWORD=${superuser}`,
      `READER_PASSWORD=${reader}`,
      `RESTIC_REPOSITORY=${isElsewhere ? stack.backupRepository : REPOSITORY_FOLDER}`,
      `RESTIC_PASSWORD=${repository}`,
      `RESTIC_CACHE_DIR=${STATE}/cache`,
      ...renderRepositoryEnvironment(extra, stack.backupRepository),
      ...renderNotifyEnvironment(told, server.stack),
    ]);
  }
}

const REPOSITORY_FOLDER = "/repository";

/** @throws RunError naming what is no variable of a repository's, or is missing for it; no value is in it */
export function renderRepositoryEnvironment(variables: Record<string, string>, repository: string): string[] {
  const missing = repository.startsWith("sftp:") ? SFTP_VARIABLES.filter((name) => !variables[name]) : [];
  if (missing.length > 0)
    throw new pulumi.RunError(`indie-ventures:backupEnvironment  has no ${missing.join(" and no ")}, which a repository by SFTP needs → see "By SFTP" in docs/backups.md`);
  const unknown = Object.keys(variables).filter((name) => !REPOSITORY_VARIABLE.test(name));
  if (unknown.length > 0)
    throw new pulumi.RunError(`indie-ventures:backupEnvironment  has ${unknown.map((name) => JSON.stringify(name)).join(", ")}, which is no variable of a repository → such as AWS_ACCESS_KEY_ID, RESTIC_REST_PASSWORD, SSH_PRIVATE_KEY`);
  return Object.entries(variables).map(([name, value]) => `${name}=${value}`);
}

/** @throws RunError that says how it is set; no value is in it */
export function renderNotifyEnvironment(notify: unknown, stack: string): string[] {
  try {
    const { webhook } = readNotify(notify, stack);
    return webhook === undefined ? [] : [`NOTIFY_WEBHOOK=${webhook}`];
  } catch (error) {
    throw error instanceof SpecError ? new pulumi.RunError(error.message) : error;
  }
}

/** A project whose Realtime's tables are another version's than the template's, which a restore takes them from. Undefined: they are the same. Pure. */
export function renderUnproven(project: Project, images: Images): string | undefined {
  const own = imageOf(images, project, "realtime");
  if (own === images.realtime) return undefined;
  return `project "${project.name}": its Realtime is ${own}, and the server's is ${images.realtime}. Where these make different tables, no backup of the project can be proven, and none counts: docs/backups.md, "What is not kept".`;
}

/** What the container is told of a project. Secret, as the seed and the keys are in it. */
export function describeProject(project: Project, images: Images, seed: string, environment: Record<string, string>): BackupProject {
  const { name, keys, backups } = project;
  const database = databaseName(name);
  const restoringDatabase = `${RESTORING}${database}`;
  const roles = roleNames(name);
  return {
    name,
    database,
    owner: roles.owner,
    roles: Object.values(roles),
    restoringDatabase,
    tenancySql: renderTenancySql({ database: restoringDatabase, roles }),
    sessionSql: readComponentFile("database/superuserSession.sql").replaceAll(':"database"', quoteIdentifier(restoringDatabase)),
    keys: { seed, generation: keys.generation },
    // As the entry has it: which files the folder has is no news to the backups.
    entry: { ...project, migrations: project.migrations?.folder },
    images: { postgres: images.postgres, ...Object.fromEntries(PROJECT_SERVICES.map((service) => [service, imageOf(images, project, service)])) },
    backups,
    upstream: { tag: SELF_HOSTED, environment },
    ...(project.state === "removed" ? { purgeAfterDays: project.purgeAfterDays } : {}),
  };
}

