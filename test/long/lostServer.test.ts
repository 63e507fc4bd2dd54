// What goes on from Pulumi's state: on another computer, or on a server where nothing is. Where the state is lost, too: test/e2e.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { isDeepStrictEqual } from "node:util";
import { keepState } from "../../cli/backupContainer.ts";
import { runner } from "../../cli/run.ts";
import { AnotherComputer, keptState } from "../e2e/lib/anotherComputer.ts";
import { ownerSql, supabase } from "../e2e/lib/clients.ts";
import { eventually } from "../e2e/lib/eventually.ts";
import { putInOrder } from "../e2e/lib/killAndRecover.ts";
import { NAMES, OLD_PRESENT, projects, ProjectsToLose } from "../e2e/lib/projectsToLose.ts";
import { docker } from "../e2e/lib/testStack.ts";

let there: ProjectsToLose;
/** What the first backups said. */
let said: string;

beforeAll(async () => {
  there = await ProjectsToLose.create();
  const { stack, backups } = there;
  // As the end of `npm run up` has it (cli/up.ts).
  await keepState({ run: runner(stack.directory, stack.env), env: stack.env, stack: stack.name });
  said = await backups.done("backup", ...NAMES);
});

afterAll(async () => {
  await there?.remove();
});

describe("a computer that is lost, and the server lives", () => {
  let another: AnotherComputer;
  beforeAll(async () => {
    another = await AnotherComputer.create(there.stack);
  });
  afterAll(() => another?.remove());

  test("each backup has the state and its passphrase, and nothing that was said has that", async () => {
    const { stack, backups } = there;
    const passphrase = stack.env.PULUMI_CONFIG_PASSPHRASE!;
    for (const name of NAMES) {
      const kept = await keptState(backups, name);
      // By a word of our own: a report would show what is not equal.
      expect([kept.stack, kept.passphrase === passphrase]).toEqual([stack.name, true]);
    }
    const logs = await docker("logs", backups.name);
    expect([said.includes(passphrase), logs.includes(passphrase)]).toEqual([false, false]);
  });

  test("another computer goes on with both: it has the outputs, secrets too; with another passphrase it has not", async () => {
    const { stack, backups } = there;
    const kept = await keptState(backups, "blog");
    await another.take(kept, kept.passphrase);
    expect(isDeepStrictEqual(await another.outputs(stack.name), await stack.allOutputs())).toBe(true);
    const stranger = await AnotherComputer.create(stack);
    try {
      await expect(stranger.take(kept, "another one").then(() => stranger.outputs(stack.name))).rejects.toThrow(/incorrect passphrase/);
    } finally {
      await stranger.remove();
    }
  });
});

describe("a server that is lost, and Pulumi's state is there", () => {
  const copied = (keys = ""): string => `${projects(keys)}  - { name: blog-old, architecture: shared }\n`;

  test("a copy that is to have a project's keys is refused while both have them", async () => {
    const { stack, backups } = there;
    const saved = JSON.parse(await backups.answer("seeds", "--from", "blog", "--as", "blog-old")) as Record<string, { seed: string; entry: { name: string; state: string } }>;
    expect(saved["blog-old"]!.entry).toMatchObject({ name: "blog-old", state: "present", domains: [] });
    expect((await backups.job("seeds", "--from", "blog", "--as", "shop")).said).toContain('"shop" is on this server already');
    await stack.pulumi(["config", "set", "--secret", "indie-ventures:seeds.blog-old"], { input: saved["blog-old"]!.seed, stdin: undefined });
    await stack.writeProjects(`${copied()}${OLD_PRESENT}`);
    const { exitCode, all } = await stack.pulumi(["preview"], { reject: false });
    expect([exitCode === 0, all]).toEqual([false, expect.stringMatching(/"blog" and "blog-old" have the same keys[^]*Nothing was changed[^]*keys: { generation: 2 }/)]);
  });

  test("is not made anew behind one's back; told so, an update makes it with the old keys, and a restore brings the data back", async () => {
    const { stack, backups, outputs, before } = there;
    await stack.loseServer();
    await expect(putInOrder(stack)).rejects.toThrow(/Nothing of the stack .* is on this Docker Engine[^]*Nothing was changed[^]*--empty-server/);
    expect((await putInOrder(stack, true)).join()).toContain("keeps the keys of its projects and forgets all else");
    // What is gone holds nobody.
    await stack.writeProjects(copied(", keys: { generation: 2 }"));
    await stack.up();
    expect((await stack.outputs()).shop).toEqual(outputs.shop);
    // A night in between makes a backup of what is there: nothing.
    await backups.done("backup", "shop");
    expect(await backups.done("restore", "shop", "--without-safety-backup")).toMatch(/backup \S+ is newer, and of an empty project/);
    await ownerSql(outputs.shop, "delete from hits");
    await eventually(() => there.everythingOf("shop"), before.shop);
    await stack.pulumi(["preview", "--expect-no-changes"]);
  });

  test("the copy has the old keys: tokens of before are valid there, and no more where the keys were made new", async () => {
    const { stack, backups, outputs, tokens } = there;
    await backups.done("restore", "blog-old", "--from", "blog", "--without-safety-backup");
    const { blog, "blog-old": old } = await stack.outputs();
    expect([old!.anonKey, old!.secretKey]).toEqual([outputs.blog.anonKey, outputs.blog.secretKey]);
    expect((await supabase(old!.url, old!.anonKey).auth.getUser(tokens.blog)).data.user?.email).toBe("me@blog.example.com");
    const key = (url: string) => fetch(`${url}/rest/v1/notes`, { headers: { apikey: outputs.blog.anonKey } }).then(({ status }) => status);
    expect([await key(old!.url), await key(blog!.url)]).toEqual([200, 401]);
  });
});
