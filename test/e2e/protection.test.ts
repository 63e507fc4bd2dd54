import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execa } from "execa";
import { type AddressInfo, createServer } from "node:net";
import { createTables, ownerSql } from "./lib/clients.ts";
import { type ProjectOutputs, TestStack } from "./lib/testStack.ts";

const ONE = "projects:\n  - name: blog\n    architecture: shared\n";
const NONE = "projects: []\n";

let stack: TestStack;
let blog: ProjectOutputs;

beforeAll(async () => {
  stack = await TestStack.create(ONE, { protectData: "true" });
  await stack.up();
  blog = (await stack.outputs()).blog!;
  await createTables(blog);
  await ownerSql(blog, "insert into hits (client) values ('keep me')");
}, 600_000);

afterAll(async () => {
  await stack?.remove();
}, 120_000);

const failed = (run: ReturnType<TestStack["pulumi"]>) =>
  run.then(
    () => {
      throw new Error("it should have failed");
    },
    (error: { exitCode?: number; all?: string }) => ({ exitCode: error.exitCode, text: String(error.all) }),
  );
const rows = async () => (await ownerSql(blog, "select client from hits")).rows;
const state = async () => (await stack.pulumi(["stack", "export"])).stdout;
/** Also what is stopped, replaced or changed: ids and states of all containers. */
const containers = async () =>
  (await execa("docker", ["ps", "--all", "--filter", `label=indie-ventures.stack=${stack.name}`, "--format", "{{.ID}} {{.State}}"])).stdout;

test.each([["with its preview", []], ["with --skip-preview", ["--skip-preview"]]])("destroy deletes nothing and says what to do, %s", async (_, flags) => {
  const before = { containers: await containers(), ours: await stack.ours() };
  const { text } = await failed(stack.pulumi(["destroy", "--yes", ...flags]));
  expect(text).toMatch(/protect/);
  if (flags.length > 0) expect(text).toContain("pulumi config set indie-ventures:protectData false");
  expect({ containers: await containers(), ours: await stack.ours() }).toEqual(before);
  expect(await rows()).toEqual([{ client: "keep me" }]);
}, 180_000);

test("deleting an entry fails at preview, in our words", async () => {
  const before = await state();
  await stack.writeProjects(NONE);
  const { text } = await failed(stack.pulumi(["preview"]));
  await stack.writeProjects(ONE);
  expect(text).toContain('projects.yaml: "blog" is gone from the file');
  expect(text).toContain("Nothing was changed");
  expect(await state()).toBe(before);
}, 180_000);

test("deleting the entry of a project that an update made before it failed elsewhere fails at preview too", async () => {
  // docs is made whole; the edge fails, on a port that is taken.
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  await stack.writeProjects(`${ONE}  - name: docs\n    architecture: shared\n`);
  await stack.configure({ httpPort: String((taken.address() as AddressInfo).port) });
  await failed(stack.pulumi(["up", "--yes", "--skip-preview", "--continue-on-error"]));
  await new Promise((resolve) => taken.close(resolve));
  expect(await stack.sql("postgres", "select datname from pg_database where datname = 'docs'")).toBe("docs");
  await stack.configure({});
  await stack.writeProjects(ONE);
  const { text } = await failed(stack.pulumi(["preview"]));
  expect(text).toMatch(/docs.*protected|protected.*docs/s);
  expect(await stack.sql("postgres", "select datname from pg_database where datname = 'docs'")).toBe("docs");
  // And with the entry back, all is well again.
  await stack.writeProjects(`${ONE}  - name: docs\n    architecture: shared\n`);
  await stack.up();
  await stack.pulumi(["preview", "--expect-no-changes"]);
}, 400_000);

test("with protectData: false, destroy leaves nothing of ours", async () => {
  const other = await TestStack.create(ONE);
  try {
    await other.up();
    expect((await other.ours()).length).toBeGreaterThan(8);
    await other.pulumi(["destroy", "--yes", "--skip-preview"]);
    expect(await other.ours()).toEqual([]);
  } finally {
    await other.remove();
  }
}, 400_000);
