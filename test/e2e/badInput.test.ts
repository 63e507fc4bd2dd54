import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execa } from "execa";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mendBackend } from "../../cli/backend.ts";
import { recover } from "../../cli/recover.ts";
import { reporter } from "../../cli/report.ts";
import { runner } from "../../cli/run.ts";
import { createTables, ownerSql, supabase } from "./lib/clients.ts";
import { expectConverged } from "./lib/killAndRecover.ts";
import { docker, type ProjectOutputs, TestStack } from "./lib/testStack.ts";

const ONE = "projects:\n  - name: blog\n    architecture: shared\n";
const TWO = `${ONE}  - name: docs\n    architecture: shared\n`;

let stack: TestStack;
let blog: ProjectOutputs;

beforeAll(async () => {
  stack = await TestStack.create(ONE);
  await stack.up();
  blog = (await stack.outputs()).blog!;
  await createTables(blog);
  await ownerSql(blog, "insert into hits (client) values ('before')");
}, 600_000);

afterAll(async () => {
  await stack?.remove();
}, 120_000);

const stateFile = () => join(stack.directory, "state", ".pulumi", "stacks", "indie-ventures", `${stack.name}.json`);

/** By their ids, so that one that was made anew is seen, and with their states, so that one that was stopped is. */
const containers = () => docker("ps", "--all", "--filter", `label=indie-ventures.stack=${stack.name}`, "--format", "{{.Names}} {{.ID}} {{.State}}");

/** An update as a person types it, that must fail. Returns what it said. */
async function failingUp(env: Record<string, string> = {}): Promise<string> {
  const run = await stack.pulumi(["up", "--yes"], { reject: false, env: { ...stack.env, PULUMI_STACK: stack.name, ...env } });
  expect(run.exitCode).not.toBe(0);
  return String(run.all);
}

/** The same, and it must have changed nothing: not a byte of the state, nothing on the server. */
async function failsAndChangesNothing(env?: Record<string, string>): Promise<string> {
  const before = [await readFile(stateFile(), "utf8"), await stack.ours()];
  const said = await failingUp(env);
  expect([await readFile(stateFile(), "utf8"), await stack.ours()]).toEqual(before);
  await expectBlogAnswers();
  return said;
}

async function expectBlogAnswers(): Promise<void> {
  const { data, error } = await supabase(blog.url, blog.serviceRoleKey).from("hits").select("client");
  expect([data, error]).toEqual([[{ client: "before" }], null]);
}

test("a broken projects.yaml: each mistake with its place and what to write", async () => {
  await stack.writeProjects("projects:\n  - name: blog\n    architecture: shard\n  - name: Docs\n    architecure: shared\n");
  const said = await failsAndChangesNothing();
  for (const [place, fix] of [["3:19", "write shared"], ["4:11", "for example docs"], ["5:5", "did you mean architecture?"]])
    expect(said).toMatch(new RegExp(`projects\\.yaml:${place} .*${fix!.replace("?", "\\?")}`));
  await stack.writeProjects(ONE);
}, 120_000);

test("a wrong passphrase", async () => {
  await stack.writeProjects(TWO);
  expect(await failsAndChangesNothing({ PULUMI_CONFIG_PASSPHRASE: "wrong" })).toContain("incorrect passphrase");
}, 120_000);

test("a Docker that does not answer: where it was looked for", async () => {
  await stack.writeProjects(TWO);
  const port = await takenPort((taken) => Promise.resolve(taken));
  const said = await failsAndChangesNothing({ DOCKER_HOST: `tcp://127.0.0.1:${port}` });
  expect(said).toContain(`Docker does not answer at tcp://127.0.0.1:${port}, which DOCKER_HOST names. Nothing was changed.`);
}, 120_000);

test("a port that another program has: by whom, and how to take another", async () => {
  await stack.writeProjects(TWO);
  await takenPort(async (port) => {
    await stack.configure({ httpPort: String(port) });
    const said = await failsAndChangesNothing();
    expect(said).toMatch(new RegExp(`Port ${port} is taken by .*\\(process ${process.pid}\\)\\. Nothing was changed\\.`));
    expect(said).toMatch(/pulumi config set httpPort \d+ --stack/);
  });
  await stack.configure({});
}, 120_000);

// nginx is the image of the two containers with a published port, which can not start before the old ones are gone.
test.each(["rest", "nginx"])("an image of %s that can not be pulled: its name, and the old containers go on", async (name) => {
  await stack.writeProjects(ONE);
  const images = join(stack.directory, "images.yaml");
  const image = "nowhere.invalid/lab/image:v99";
  await writeFile(images, (await readFile(stack.images, "utf8")).replace(new RegExp(`^${name}: .*$`, "m"), `${name}: ${image}`));
  await stack.configure({ images });
  const before = await containers();
  expect(await failingUp()).toContain(`unable to pull image ${image}`);
  expect(await containers()).toEqual(before);
  await expectBlogAnswers();
  await stack.configure({});
  await stack.pulumi(["preview", "--expect-no-changes"]);
}, 240_000);

test("a disk that runs full under the state: what was made is taken up when there is room again", async () => {
  await stack.writeProjects(TWO);
  await onSmallDisk(join(stack.directory, "state"), async (makeRoom) => {
    const said = await failingUp();
    expect(said).toContain("no space left on device");
    await expectBlogAnswers();
    await makeRoom();
    const env = { ...process.env, ...stack.env };
    // Which file the disk had no room for is chance: the state itself is then cut off, or whole.
    mendBackend(join(stack.directory, "state"), stack.name);
    await recover({ report: reporter(() => {}), run: runner(stack.directory, env), env, stack: stack.name });
    await expectConverged(stack);
  });
  const { docs } = await stack.outputs();
  await createTables(docs!);
  await expectBlogAnswers();
}, 400_000);

/** A port with a listener for the time of `use`; nobody is there any more when it is over. */
async function takenPort<T>(use: (port: number) => Promise<T>): Promise<T> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await use((server.address() as AddressInfo).port);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Room for a few more copies of the state, and then none: an update of a project writes dozens, each as long as the last or longer. */
async function onSmallDisk(folder: string, use: (makeRoom: () => Promise<unknown>) => Promise<void>): Promise<void> {
  const copy = await mkdtemp(join(tmpdir(), "indie-ventures-state-"));
  const { stdout } = await execa("du", ["-sk", folder]);
  await cp(folder, copy, { recursive: true });
  await execa("mount", ["-t", "tmpfs", "-o", `size=${Number.parseInt(stdout) + 320}k`, "tmpfs", folder]);
  try {
    await cp(copy, folder, { recursive: true });
    await use(() => execa("mount", ["-o", "remount,size=64m", folder]));
    await rm(copy, { recursive: true });
    await cp(folder, copy, { recursive: true });
  } finally {
    await execa("umount", [folder]);
    await cp(copy, folder, { recursive: true });
    await rm(copy, { recursive: true, force: true });
  }
}
