import { afterEach, describe, expect, test } from "@jest/globals";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { init, type InitWish } from "../../../../cli/indie/work/init.ts";
import { Interrupted, Misuse, Stop } from "../../../../cli/report.ts";
import { SpecError } from "../../../../spec/error.ts";
import { ALL_PROJECTS, fake, type Fake, type FakeArgs } from "./fakeContext.ts";

const fakes: Fake[] = [];
afterEach(() => fakes.splice(0).forEach((each) => each.remove()));

function world(args: FakeArgs = {}): Fake {
  const made = fake(args);
  fakes.push(made);
  return made;
}

async function made(wish: InitWish, args: FakeArgs = {}): Promise<Fake> {
  const where = world(args);
  await init(where.context, wish);
  return where;
}

test("without a terminal: no project yet, and an editor knows the fields", async () => {
  const { file, printed } = await made({});
  expect(file()).toMatchInlineSnapshot(`
"# yaml-language-server: $schema=./schema/projects.schema.json
# Every Supabase project that you run. Each field: docs/projects-yaml.md
defaults:
  server: "prod" # the stack (= server) that projects live on; the stack dev, this computer, takes them all

projects: []
"
`);
  expect(printed).toEqual(["✓ projects.yaml is made", "Next: npx indie add"]);
});

test("with a first project", async () => {
  const { file, printed } = await made({ project: "blog", architecture: "isolated", server: "shop-vm" });
  expect(file()).toContain('  server: "shop-vm" #');
  expect(file()).toMatch(/\nprojects:\n {2}- name: blog\n {4}architecture: isolated\n$/);
  expect(printed.at(-1)).toBe("Next: npx indie up");
});

test("for a stack that is a server of its own, that one", async () =>
  expect((await made({}, { stack: "vm", stackFile: "" })).file()).toContain('server: "vm"'));

test("where the stack's config says that the file is", async () => {
  const { context } = await made({}, { stackFile: `${ALL_PROJECTS}  indie-ventures:projectsFile: files/mine.yaml\n` });
  const path = join(context.folder, "files", "mine.yaml");
  expect(existsSync(path)).toBe(true);
});

describe("with a terminal", () => {
  test("it asks for the server and a first project", async () => {
    const { file, asked } = await made({}, { types: ["", "Blog", "blog", "shared"] });
    expect(asked).toEqual([
      "The stack (= server) that projects live on",
      "The first project's name (none yet: just Enter)",
      expect.stringMatching(/^refused: "Blog" breaks the rule/),
      "Its architecture\n- shared\n- isolated",
    ]);
    expect(file()).toMatch(/server: "prod" #[^]*- name: blog\n {4}architecture: shared\n$/);
  });

  test("what comes next follows from the answers", async () => {
    expect((await made({}, { types: ["", "blog", "shared"] })).printed.at(-1)).toBe("Next: npx indie up");
    expect((await made({}, { types: ["", ""] })).printed.at(-1)).toBe("Next: npx indie add");
    expect((await made({}, { types: ["other", "blog", "shared"], stack: "vm", stackFile: "" })).printed.at(-1)).toBe("Next: npx indie up --stack other");
  });

  test.each<[InitWish, string[], RegExp[]]>([
    [{ server: "prod", project: "blog", architecture: "shared" }, [], []],
    [{ server: "prod", project: "blog" }, ["isolated"], [/^Its architecture/]],
    [{ project: "blog", architecture: "isolated" }, ["prod"], [/^The stack/]],
    [{ server: "prod", architecture: "isolated" }, ["blog"], [/^The first project/]],
  ])("what was said is not asked for: %j", async (wish, types, questions) => {
    const { file, asked } = await made(wish, { types });
    expect(asked).toEqual(questions.map((question) => expect.stringMatching(question)));
    expect(file()).toContain(`- name: blog\n    architecture: ${wish.architecture ?? "isolated"}\n`);
  });

  test("no project yet", async () => expect((await made({}, { types: ["vm", ""] })).file()).toMatch(/server: "vm" #[^]*projects: \[\]\n$/));

  test("Ctrl-C makes nothing", async () => {
    const { context, path } = world({ types: ["vm", "^C"] });
    await expect(init(context, {})).rejects.toThrow(Interrupted);
    expect(existsSync(path)).toBe(false);
  });
});

test("a file that is there is never written over", async () => {
  const { context, file } = world({ text: "mine" });
  await expect(init(context, {})).rejects.toThrow(new Stop("There is a projects.yaml already. Nothing was changed. One more project: npx indie add"));
  expect(file()).toBe("mine");
});

test.each([
  ["a name against the rule", { project: "Blog" }, Misuse, /^The name "Blog" breaks the rule/],
  ["a server that is no name of a stack", { server: "a b" }, SpecError, /is no name of a stack/],
])("%s is refused, and nothing is made", async (_, wish, kind, words) => {
  const { context, path } = world();
  const error = await init(context, wish).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(kind);
  expect((error as Error).message).toMatch(words);
  expect(existsSync(path)).toBe(false);
});
