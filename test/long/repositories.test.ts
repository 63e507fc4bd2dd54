// The other places that backups may be in, on a host of its own: OpenSSH's SFTP, restic's REST protocol by rclone, both real; and a stand-in for S3.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { BackupContainer } from "../e2e/lib/backupContainer.ts";
import { ownerSql } from "../e2e/lib/clients.ts";
import { type ProjectOutputs, TestStack } from "../e2e/lib/testStack.ts";
import { RepositoryHost } from "./repositories/host.ts";

let stack: TestStack;
let host: RepositoryHost;
let backups: BackupContainer;
let blog: ProjectOutputs;

beforeAll(async () => {
  stack = await TestStack.create("defaults: { backups: { schedule: off } }\nprojects:\n  - { name: blog, architecture: shared }\n");
  await stack.up();
  backups = new BackupContainer(stack);
  host = await RepositoryHost.start(stack);
  blog = (await stack.outputs()).blog!;
  await ownerSql(blog, "create table kept (answer int); insert into kept values (42)");
});

afterAll(async () => {
  await host?.remove();
  await stack?.remove();
});

async function moveTo(repository: string, environment: Record<string, string>): Promise<void> {
  await stack.configure({ backupRepository: repository });
  await stack.pulumi(["config", "set", "--secret", "indie-ventures:backupPassword"], { input: "a password of the repository", stdin: undefined });
  await stack.pulumi(["config", "rm", "indie-ventures:backupEnvironment"], { reject: false });
  for (const [name, value] of Object.entries(environment))
    await stack.pulumi(["config", "set", "--secret", "--path", `indie-ventures:backupEnvironment.${name}`], { input: value, stdin: undefined });
  await stack.up();
}

/** A repository is begun there, and what is in it comes back. */
async function isBackedUp(): Promise<void> {
  const { exitCode, said } = await backups.job("backup", "blog");
  expect([exitCode, said]).toEqual([1, expect.stringContaining("The repository is gone")]);
  expect(await backups.done("backup", "blog", "--new-repository")).toContain("is proven");
  await ownerSql(blog, "delete from kept");
  await backups.done("restore", "blog", "--without-safety-backup");
  expect((await ownerSql(blog, "select answer from kept")).rows).toEqual([{ answer: 42 }]);
}

test("a local one is there first", async () => {
  expect(await backups.done("backup", "blog")).toContain("is proven");
});

test("SFTP: with a key of its own, and only to the host whose key is known", async () => {
  const key = await host.privateKey();
  const repository = `sftp://root@${host.name}//srv/sftp/backups`;
  await moveTo(repository, { SSH_PRIVATE_KEY: key, SSH_KNOWN_HOSTS: (await host.knownHosts()).replace("AAAAC3NzaC1lZDI1NTE5AAAAI", "AAAAC3NzaC1lZDI1NTE5AAAAJ") });
  const { exitCode, said } = await backups.job("backup", "blog", "--new-repository");
  expect([exitCode, said]).toEqual([1, expect.stringContaining("The repository can not be opened")]);
  await moveTo(repository, { SSH_PRIVATE_KEY: key, SSH_KNOWN_HOSTS: await host.knownHosts() });
  await isBackedUp();
});

test("REST, with a login", async () => {
  await moveTo(`rest:http://${host.name}:8000/backups/`, { RESTIC_REST_USERNAME: "me", RESTIC_REST_PASSWORD: host.restPassword });
  await isBackedUp();
});

test("S3 (a stand-in)", async () => {
  await moveTo(`s3:http://${host.name}:9000/backups`, { AWS_ACCESS_KEY_ID: "anybody", AWS_SECRET_ACCESS_KEY: "a secret" });
  await isBackedUp();
});
