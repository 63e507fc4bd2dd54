import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readFile, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { mendBackend } from "../../cli/backend.ts";
import { recover } from "../../cli/recover.ts";
import { reporter } from "../../cli/report.ts";
import { runner } from "../../cli/run.ts";
import { createTables, ownerSql, supabase } from "./lib/clients.ts";
import { hasBegun } from "./lib/kill.ts";
import { expectConverged } from "./lib/killAndRecover.ts";
import { SmallDisk } from "./lib/smallDisk.ts";
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
});

afterAll(async () => {
  await stack?.remove();
});

const stateFile = () => join(stack.directory, "state", ".pulumi", "stacks", "indie-ventures", `${stack.name}.json`);

/** By their ids, so that one that was made anew is seen, and with their states, so that one that was stopped is. */
const containers = () => docker("ps", "--all", "--filter", `label=indie-ventures.stack=${stack.name}`, "--format", "{{.Names}} {{.ID}} {{.State}}");

/** An update as a person types it, that must fail. Returns what it said. */
async function failingUp(env: Record<string, string> = {}, options: string[] = []): Promise<string> {
  const run = await stack.pulumi(["up", "--yes", ...options], { reject: false, env: { ...stack.env, PULUMI_STACK: stack.name, ...env } });
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
});

test("a wrong passphrase", async () => {
  await stack.writeProjects(TWO);
  expect(await failsAndChangesNothing({ PULUMI_CONFIG_PASSPHRASE: "wrong" })).toContain("incorrect passphrase");
});

test("a Docker that does not answer: where it was looked for", async () => {
  await stack.writeProjects(TWO);
  const port = await takenPort((taken) => Promise.resolve(taken));
  const said = await failsAndChangesNothing({ DOCKER_HOST: `tcp://127.0.0.1:${port}` });
  expect(said).toContain(`Docker does not answer at tcp://127.0.0.1:${port}, which DOCKER_HOST names. Nothing was changed.`);
});

test("a port that another program has: by whom, and how to take another", async () => {
  await stack.writeProjects(TWO);
  await takenPort(async (port) => {
    await stack.configure({ httpPort: String(port) });
    const said = await failsAndChangesNothing();
    expect(said).toMatch(new RegExp(`Port ${port} is taken by .*\\(process ${process.pid}\\)\\. Nothing was changed\\.`));
    expect(said).toMatch(/pulumi config set httpPort \d+ --stack/);
  });
  await stack.configure({});
});

test("more memory than the server has: by how much, and what helps", async () => {
  await stack.writeProjects(`${ONE}    limits: { memory: { rest: 65000 } }\n`);
  const memory = Math.floor(Number(await docker("info", "--format", "{{.MemTotal}}")) / 2 ** 20);
  expect(await failsAndChangesNothing()).toMatch(new RegExp(`may take 6\\d{4} MB of memory, and it has ${memory} MB\\. Nothing was changed\\.`));
  await stack.writeProjects(ONE);
});

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
});

describe("the disk of the state", () => {
  let disk: SmallDisk;
  const folder = () => join(stack.directory, "state");
  beforeAll(async () => {
    disk = await SmallDisk.under(folder());
    await stack.writeProjects(TWO);
  });
  afterAll(() => disk?.remove());

  test("is full: Pulumi says so, and the lock that it could not write is taken away when there is room", async () => {
    await disk.fill();
    expect(await failsAndChangesNothing()).toContain("no space left on device");
    await disk.makeRoom();
    expect(mendBackend(folder(), stack.name)).toEqual([expect.stringContaining("could not write its lock")]);
  });

  test("is almost full: where, and how much is needed", async () => {
    await disk.fill(50);
    expect(await failsAndChangesNothing()).toMatch(/The disk with Pulumi's state \(.*\) has \d\d MB left, and an update may need 100 MB\. Nothing was changed\./);
    await disk.makeRoom();
  });

  // Pulumi tries each write for half a minute, and now and then one has room: killed while the state is cut off for certain.
  test("runs full in the middle: what was made is taken up when there is room again", async () => {
    const log = join(stack.directory, "events-full.log");
    const env = { ...process.env, ...stack.env };
    const update = stack.pulumi(["up", "--yes", "--skip-preview", "--event-log", log], { env: { ...stack.env, PULUMI_STACK: stack.name, PULUMI_DEBUG_COMMANDS: "true" }, reject: false });
    await until(update, () => hasBegun(log, { resource: "docs-authenticator", op: "create" }));
    await disk.fill();
    await until(update, async () => {
      update.kill("SIGSTOP");
      const isCut = await isCutOff(stateFile());
      // Also where it has ended by itself, and left the state so.
      update.kill(isCut ? "SIGKILL" : "SIGCONT");
      return isCut;
    });
    await update;
    await expectBlogAnswers();
    await disk.makeRoom();
    expect(mendBackend(folder(), stack.name)).toEqual([expect.stringContaining("its last whole step is put back")]);
    await recover({ report: reporter(() => {}), run: runner(stack.directory, env), env, stack: stack.name });
    await expectConverged(stack);
    const { docs } = await stack.outputs();
    await createTables(docs!);
    await expectBlogAnswers();
  });
});

/** @throws when the update ended before that */
async function until(update: ReturnType<TestStack["pulumi"]>, reached: () => Promise<boolean>): Promise<void> {
  let ended = false;
  void update.finally(() => (ended = true)).catch(() => {});
  while (!(await reached())) {
    if (ended) throw new Error(`the update ended too early:\n${String((await update).all)}`);
    await sleep(5);
  }
}

const isCutOff = async (file: string): Promise<boolean> => {
  try {
    JSON.parse(await readFile(file, "utf8"));
    return false;
  } catch {
    return true;
  }
};

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
