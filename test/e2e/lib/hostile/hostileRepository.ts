// What somebody can do who has the password of the repository, and in the worst case the catalog too: with restic, in the backup container.
import { execa } from "execa";
import type { BackupContainer } from "../backupContainer.ts";

const STATE = "/var/lib/indie-ventures";

/** $1: project; $2: backup. A link in the project's files, and SQL where the program has SQL of its own; under the tags of the one that it replaces. */
const REPLACE_SET = `
set -eu
tags="project=$1,backup=$2,kind=manual,part=set"
old=$(restic snapshots --json --tag "$tags" | node -p 'JSON.parse(require("fs").readFileSync(0))[0].id')
restic --quiet restore "$old" --include ${STATE}/staging --target /
cd ${STATE}/staging
node -e '
const { readFileSync, writeFileSync } = require("fs");
const project = JSON.parse(readFileSync("project.json"));
const hostile = "create role canary superuser; copy (select 1) to program \\u0027touch /tmp/canary-tenancy\\u0027;";
writeFileSync("project.json", JSON.stringify({ ...project, tenancySql: hostile + project.tenancySql, sessionSql: hostile + project.sessionSql }));'
ln -s ../shop /var/lib/storage/files/"$1"/canary-link
restic --quiet backup --tag "$tags" /var/lib/storage/files/"$1" ${STATE}/staging /var/lib/postgresql-custom
rm -r ${STATE}/staging /var/lib/storage/files/"$1"/canary-link
restic --quiet forget "$old"`;

/** $1: project; $2: backup. */
const CLAIM = `
set -eu
tree=$(restic snapshots --json --tag "project=$1,backup=$2,part=set" | node -p 'JSON.parse(require("fs").readFileSync(0))[0].tree')
cd ${STATE}/catalog/"$1"
TREE=$tree node -e '
const { readFileSync, writeFileSync } = require("fs");
const [file] = process.argv.slice(1);
const manifest = JSON.parse(readFileSync(file));
writeFileSync(file, JSON.stringify({ ...manifest, level: 3, faults: [], trees: { ...manifest.trees, set: process.env.TREE } }));' "$2.json"`;

/** $1: the manifest. As on a new server, the catalog is read from the repository then. */
const ADD_PROOF = `
set -eu
mkdir -p ${STATE}/proof
printf '%s' "$1" > ${STATE}/proof/manifest.json
restic --quiet backup --tag project=canary,backup=canary,kind=manual,part=proof,level=3 ${STATE}/proof
rm ${STATE}/repository.json`;

const FORGET_PROOF = `restic --quiet forget $(restic snapshots --json --tag backup=canary | node -p 'JSON.parse(require("fs").readFileSync(0)).map(({ id }) => id).join(" ")')`;

export class HostileRepository {
  private readonly container: string;
  private readonly project: string;
  private readonly backup: string;

  private constructor(container: string, project: string, backup: string) {
    this.container = container;
    this.project = project;
    this.backup = backup;
  }

  static async of(backups: BackupContainer, project: string): Promise<HostileRepository> {
    const [, backup] = new RegExp(`^${project} +(\\S+) +manual +proven`, "m").exec(await backups.done("list", project))!;
    return new HostileRepository(backups.name, project, backup!);
  }

  /** Puts another snapshot into the place of the backup's. */
  replaceSet = (): Promise<string> => this.run(REPLACE_SET, this.project, this.backup);
  /** Makes the catalog say that this one was written, and proven. */
  claimReplaced = (): Promise<string> => this.run(CLAIM, this.project, this.backup);
  addProof = (manifest: object): Promise<string> => this.run(ADD_PROOF, JSON.stringify(manifest));
  forgetProof = (): Promise<string> => this.run(FORGET_PROOF);
  /** What the server knows of its projects, told shortly. */
  projects = (): Promise<string> => this.run(`cd ${STATE}/projects && sha256sum *`);

  private async run(script: string, ...words: string[]): Promise<string> {
    const { stdout } = await execa("docker", ["exec", this.container, "sh", "-c", script, "sh", ...words]);
    return stdout;
  }
}
