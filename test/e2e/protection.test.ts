import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execa } from "execa";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTables, ownerSql } from "./lib/clients.ts";
import { putInOrder } from "./lib/killAndRecover.ts";
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
});

afterAll(async () => {
  await stack?.remove();
});

const failed = (run: Promise<unknown>) =>
  run.then(
    () => {
      throw new Error("it should have failed");
    },
    (error: { exitCode?: number; all?: string }) => ({ exitCode: error.exitCode, text: String(error.all) }),
  );
const rows = async () => (await ownerSql(blog, "select client from hits")).rows;
const state = async () => String((await stack.pulumi(["stack", "export"])).stdout);
/** Also what is stopped, replaced or changed: ids and states of all containers. */
const containers = async () =>
  (await execa("docker", ["ps", "--all", "--filter", `label=indie-ventures.stack=${stack.name}`, "--format", "{{.ID}} {{.State}}"])).stdout;

test.each([["with its preview", []], ["with --skip-preview", ["--skip-preview"]]])("destroy deletes nothing and says what to do, %s", async (_, flags) => {
  const before = { containers: await containers(), ours: await stack.ours() };
  const { text } = await failed(stack.pulumi(["destroy", "--yes", ...flags]));
  expect(text).toMatch(/protect/);
  if (flags.length > 0) {
    expect(text).toContain("Nothing was deleted: this stack protects its data (protectData).");
    expect(text).toContain("pulumi config set indie-ventures:protectData false");
  }
  expect({ containers: await containers(), ours: await stack.ours() }).toEqual(before);
  expect(await rows()).toEqual([{ client: "keep me" }]);
});

test("deleting an entry fails at preview, in our words", async () => {
  const before = await state();
  await stack.writeProjects(NONE);
  const { text } = await failed(stack.pulumi(["preview"]));
  await stack.writeProjects(ONE);
  expect(text).toContain('projects.yaml: "blog" is gone from the file');
  expect(text).toContain("Nothing was changed");
  expect(await state()).toBe(before);
});

const urns = async (): Promise<string[]> => (JSON.parse(await state()) as { deployment: { resources: { urn: string }[] } }).deployment.resources.map(({ urn }) => urn).sort();
const urnOf = async (type: string, name: string): Promise<string> => (await urns()).find((urn) => urn.endsWith(`${type}::${name}`))!;

test("a database that is to be replaced, or taken out of the state by a word alone, is refused", async () => {
  const before = await urns();
  const database = await urnOf(":Database", "blog");
  const replaced = await failed(stack.pulumi(["up", "--yes", "--skip-preview", "--target-replace", database]));
  expect(replaced.text).toMatch(/unable to replace resource[^]*marked for protection/);
  const taken = await failed(stack.pulumi(["state", "delete", database, "--yes"]));
  expect(taken.text).toContain("can't be safely deleted because it is protected");
  expect(await urns()).toEqual(before);
  expect(await rows()).toEqual([{ client: "keep me" }]);
});

test("taken out of the state by force, seed and database and all that needs them: an update fails and loses nothing; npm run up takes them back", async () => {
  const outputs = await stack.outputs();
  await stack.pulumi(["state", "delete", await urnOf("pulumi:index:Stash", "blog-seed"), "--yes", "--force", "--target-dependents"]);
  expect(await state()).not.toContain(":Database::blog");
  const { text } = await failed(stack.pulumi(["up", "--yes", "--skip-preview"]));
  expect(text).toMatch(/role "blog_\w+" already exists/);
  expect(await rows()).toEqual([{ client: "keep me" }]);
  const said = (await putInOrder(stack)).join("\n");
  expect(said).toMatch(/taken back into Pulumi's state, which had lost them: role blog_owner.*database blog/);
  // Twins of what went on running.
  const [, strays] = /docker stop (.*) && docker rm/.exec(said)!;
  expect(strays!.split(" ").map((name) => name.replace(/-[^-]*$/, "")).sort()).toEqual(["blog-auth", "blog-rest"]);
  await execa("docker", ["rm", "--force", ...strays!.split(" ")]);
  await stack.up();
  expect(await stack.outputs()).toEqual(outputs);
  expect(await rows()).toEqual([{ client: "keep me" }]);
  await stack.pulumi(["preview", "--expect-no-changes"]);
  expect(await putInOrder(stack)).toEqual([]);
});

const BOTH = `${ONE}  - name: docs\n    architecture: shared\n`;

test("deleting the entry of a project that an update made before it failed elsewhere fails at preview too", async () => {
  // The new gateway's image can not be pulled; docs' database does not need it.
  const images = join(stack.directory, "images.yaml");
  await writeFile(images, (await readFile(stack.images, "utf8")).replace(/^envoy: .*$/m, "envoy: nowhere.invalid/envoy:v1"));
  await stack.writeProjects(BOTH);
  await stack.configure({ images });
  await failed(stack.pulumi(["up", "--yes", "--skip-preview", "--continue-on-error"]));
  expect(await stack.sql("postgres", "select datname from pg_database where datname = 'docs'")).toBe("docs");
  await stack.configure({});
  await stack.writeProjects(ONE);
  const { text } = await failed(stack.pulumi(["preview"]));
  expect(text).toMatch(/docs.*protected|protected.*docs/s);
  expect(await stack.sql("postgres", "select datname from pg_database where datname = 'docs'")).toBe("docs");
  // And with the entry back, all is well again.
  await stack.writeProjects(BOTH);
  await stack.up();
  await stack.pulumi(["preview", "--expect-no-changes"]);
});

test("the way that the refusal names deletes the data, and half of it deletes nothing", async () => {
  await stack.configure({ protectData: "false" });
  await stack.writeProjects(ONE);
  const before = [await stack.ours(), await containers()];
  const { text } = await failed(stack.up());
  expect(text).toContain('projects.yaml: "docs" is gone from the file');
  expect([await stack.ours(), await containers()]).toEqual(before);
  // As it says: the entry back, the update that takes the protection off, and then the entry away.
  await stack.writeProjects(BOTH);
  await stack.up();
  await stack.writeProjects(ONE);
  await stack.up();
  expect((await stack.ours()).filter((name) => name.includes("docs"))).toEqual([]);
  expect(await stack.sql("postgres", "select datname from pg_database where datname = 'docs'")).toBe("");
  expect(await rows()).toEqual([{ client: "keep me" }]);
});

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
});
