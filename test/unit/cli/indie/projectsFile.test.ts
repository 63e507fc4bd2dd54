import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { changedLines, openProjectsFile, writeProjectsFile } from "../../../../cli/indie/work/projectsFile.ts";
import { Stop } from "../../../../cli/report.ts";
import { SpecError } from "../../../../spec/error.ts";
import { ALL_PROJECTS, fake, type Fake } from "./fakeContext.ts";

let made: Fake;
beforeEach(() => void (made = fake({ text: "projects: []\n" })));
afterEach(() => made.remove());

describe("the file is replaced", () => {
  test("whole, with its mode, and nothing is left beside it", () => {
    chmodSync(made.path, 0o640);
    writeProjectsFile(openProjectsFile(made.context), "projects: [] # edited\n");
    expect(made.file()).toBe("projects: [] # edited\n");
    expect(statSync(made.path).mode & 0o777).toBe(0o640);
    expect(readdirSync(made.context.folder).sort()).toEqual(["Pulumi.dev.yaml", "projects.yaml"]);
  });

  test("by a new file in its place, so that nobody reads half of one", () => {
    const before = statSync(made.path).ino;
    writeProjectsFile(openProjectsFile(made.context), "projects: [] # edited\n");
    expect(statSync(made.path).ino).not.toBe(before);
  });

  test("behind a link: the link stays", () => {
    const real = join(made.context.folder, "real", "mine.yaml");
    mkdirSync(join(made.context.folder, "real"));
    renameSync(made.path, real);
    symlinkSync(real, made.path);
    writeProjectsFile(openProjectsFile(made.context), "projects: [] # edited\n");
    expect(lstatSync(made.path).isSymbolicLink()).toBe(true);
    expect(readFileSync(real, "utf8")).toBe("projects: [] # edited\n");
  });

  test("not where somebody else wrote it in the meantime", () => {
    const file = openProjectsFile(made.context);
    writeFileSync(made.path, "projects: [] # theirs\n");
    expect(() => writeProjectsFile(file, "projects: [] # ours\n")).toThrow(
      new Stop("projects.yaml was changed by somebody else in the meantime. Nothing was written: run the same command again."),
    );
    expect(made.file()).toBe("projects: [] # theirs\n");
  });

  test("not where it can not be: the draft goes, and the file stays", () => {
    const file = openProjectsFile(made.context);
    // What a killed run of the same process id left behind.
    writeFileSync(join(made.context.folder, `.projects.yaml.${process.pid}`), "");
    expect(() => writeProjectsFile(file, "projects: [] # ours\n")).toThrow(/EEXIST/);
    expect(made.file()).toBe("projects: []\n");
  });
});

describe("the file is found", () => {
  const write = (config: string) => writeFileSync(join(made.context.folder, "Pulumi.dev.yaml"), ALL_PROJECTS + config);

  test("where the stack's config says", () => {
    writeFileSync(join(made.context.folder, "mine.yaml"), "projects: [] # mine\n");
    write("  indie-ventures:projectsFile: mine.yaml\n");
    expect(openProjectsFile(made.context)).toMatchObject({ name: "mine.yaml", text: "projects: [] # mine\n" });
  });

  test.each([
    ["there is none", "none.yaml", "There is no none.yaml yet. Make one: npx indie init"],
    ["it is a folder", ".", ". can not be read (EISDIR)."],
  ])("%s", (_, name, words) => {
    write(`  indie-ventures:projectsFile: ${name}\n`);
    expect(() => openProjectsFile(made.context)).toThrow(new Stop(words));
  });

  test("a setting that is wrong is said", () => {
    write("  indie-ventures:httpPort: many\n");
    expect(() => openProjectsFile(made.context)).toThrow(SpecError);
  });

  test("a secret of the stack's config is known by its key", () => {
    const text =
      "projects:\n  - { name: blog, architecture: shared, auth: { smtp: { host: a.example.com, adminEmail: a@example.com, user: u, password: { fromConfig: mail } } } }\n";
    expect(() => openProjectsFile(made.context).load(text)).toThrow(/the stack's config has no mail → pulumi config set --secret mail --stack dev/);
    write("  indie-ventures:mail:\n    secure: v1:x\n");
    expect(openProjectsFile(made.context).load(text)).toHaveLength(1);
  });
});

test("what changed, in lines", () => {
  expect(changedLines("a\nb\nc\n", "a\nB\nc\n")).toEqual(["- b", "+ B"]);
  expect(changedLines("\ufeffa\r\nb\r\n", "\ufeffa\r\n\r\nx\r\nb\r\n")).toEqual(["+ x"]);
  expect(changedLines("a\n", "a\n")).toEqual([]);
  expect(changedLines("a\na\n", "a\na\na\n")).toEqual(["+ a"]);
});
