import { afterEach, describe, expect, test } from "@jest/globals";
import { changeState } from "../../../../cli/indie/work/changeState.ts";
import { Interrupted, Misuse, Stop } from "../../../../cli/report.ts";
import { fake, type Fake, type FakeArgs, megabytes } from "./fakeContext.ts";

const TEXT = "projects:\n  - name: blog\n    architecture: shared\n  - name: docs\n    architecture: shared\n    state: suspended\n";

const fakes: Fake[] = [];
afterEach(() => fakes.splice(0).forEach((each) => each.remove()));

function world(args: FakeArgs = {}): Fake {
  const made = fake({ text: TEXT, ...args });
  fakes.push(made);
  return made;
}

test("remove: one word, and what it means", async () => {
  const { context, file, printed, ran } = world();
  await changeState(context, "blog", "removed", "remove");
  expect(file()).toBe(TEXT.replace("shared\n", "shared\n    state: removed\n"));
  expect(printed).toEqual([
    "✓ projects.yaml: blog is removed",
    "    +     state: removed",
    "Next: npx indie up. Its address answers 410, nobody can log in, and a last backup is made and proven.",
    "After 14 days database and files are deleted. Until then it comes back by: npx indie resume blog (docs/backups.md)",
  ]);
  // Nothing grows: the server is not asked.
  expect(ran).toEqual([]);
});

test("suspend", async () => {
  const { context, file, printed } = world();
  await changeState(context, "blog", "suspended", "suspend");
  expect(file()).toBe(TEXT.replace("shared\n", "shared\n    state: suspended\n"));
  expect(printed[0]).toBe("✓ projects.yaml: blog is suspended");
});

describe("resume", () => {
  test("writes present, and says what it takes", async () => {
    const { context, file, printed } = world({ answers: { docker: megabytes(8000) } });
    await changeState(context, "docs", "present", "resume");
    expect(file()).toBe(TEXT.replace("suspended", "present"));
    expect(printed[0]).toMatch(/^✓ projects\.yaml: docs is present \(\+\d{3} MB of memory: \d{4} of 8000 MB\)$/);
    expect(printed.slice(1, 3)).toEqual(["    -     state: suspended", "    +     state: present"]);
  });

  test("not where it does not fit any more", async () => {
    const { context, file } = world({ answers: { docker: megabytes(1000) } });
    await expect(changeState(context, "docs", "present", "resume")).rejects.toThrow(/^The projects of this server may take/);
    expect(file()).toBe(TEXT);
  });
});

test("what it is already is no fault", async () => {
  const { context, file, printed } = world();
  await changeState(context, "docs", "suspended", "suspend");
  expect(printed).toEqual(["✓ projects.yaml: docs is suspended already. Nothing was changed."]);
  expect(file()).toBe(TEXT);
});

describe("which project", () => {
  const said = (args: FakeArgs, name?: string) =>
    changeState(world(args).context, name, "suspended", "suspend").then(
      () => "done",
      (error: Error) => error,
    );

  test.each([
    ["a typing error", "blgo", {}, new Stop('projects.yaml has no project "blgo" → did you mean blog?')],
    ["another one", "something", {}, new Stop('projects.yaml has no project "something" → there are blog, docs')],
    ["none at all", "blog", { text: "projects: []\n" }, new Stop('projects.yaml has no project "blog" → there is none yet: npx indie add')],
    [
      "on another server",
      "blog",
      { stack: "prod", stackFile: "", text: "defaults: { server: other }\n" + TEXT },
      new Stop('projects.yaml, for the stack prod, has no project "blog" → there is none yet: npx indie add --stack prod'),
    ],
    ["not said", undefined, {}, new Misuse("Which project? npx indie suspend <project>")],
    ["nothing to choose from", undefined, { types: [], text: "projects: []\n" }, new Stop("There is no project to suspend.")],
    ["Ctrl-C", undefined, { types: ["^C"] }, new Interrupted("Nothing was changed.")],
  ] as const)("%s", async (_, name, args, error) => {
    const thrown = await said({ ...args, types: "types" in args ? [...args.types] : undefined }, name);
    expect(thrown).toEqual(error);
    expect((thrown as Stop).exitCode).toBe(error.exitCode);
  });

  test("a person is asked, for those that it would change", async () => {
    const { context, file, asked } = world({ types: ["blog"] });
    await changeState(context, undefined, "suspended", "suspend");
    expect(asked).toEqual(["Which project to suspend\n- blog"]);
    expect(file()).toContain("name: blog\n    architecture: shared\n    state: suspended\n");
  });
});
