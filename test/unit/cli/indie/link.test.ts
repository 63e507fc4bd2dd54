import { afterEach, describe, expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { detectFramework } from "../../../../cli/indie/work/envNames.ts";
import { link, type LinkWish } from "../../../../cli/indie/work/link.ts";
import { Misuse, Stop } from "../../../../cli/report.ts";
import { runner } from "../../../../cli/run.ts";
import { fails, missing, ok } from "../fakeRun.ts";
import { fake, type Fake, type FakeArgs } from "./fakeContext.ts";
import { outputs, stackProject } from "./outputs.ts";

const THERE = { blog: stackProject("blog"), docs: stackProject("docs", { state: "suspended" }) };
const IGNORED = { pulumi: outputs(THERE), "git -C": ok() };

const fakes: Fake[] = [];
afterEach(() => fakes.splice(0).forEach((each) => each.remove()));

function world(args: FakeArgs = {}): Fake & { at: (name: string) => string } {
  const made = fake({ answers: IGNORED, ...args });
  fakes.push(made);
  return { ...made, at: (name) => join(made.context.folder, name) };
}

async function linked(wish: LinkWish = {}, args: FakeArgs = {}, name: string | undefined = "blog") {
  const made = world(args);
  await link(made.context, name, wish);
  return made;
}

describe("without a framework", () => {
  test("the plain names, in .env, for the owner's eyes alone", async () => {
    const { at, printed, noted } = await linked();
    expect(readFileSync(at(".env"), "utf8")).toMatch(
      /^# indie link blog: .*\nSUPABASE_URL=http:\/\/blog\.localhost\nSUPABASE_PUBLISHABLE_KEY=sb_publishable_blog\nSUPABASE_ANON_KEY=blog-anon\n$/,
    );
    expect(statSync(at(".env")).mode & 0o777).toBe(0o600);
    expect(printed).toEqual(["✓ .env: blog, http://blog.localhost", "    SUPABASE_URL\n    SUPABASE_PUBLISHABLE_KEY\n    SUPABASE_ANON_KEY"]);
    expect(noted).toEqual([]);
  });

  test("no secret one, unless it is asked for; and never on the terminal", async () => {
    const without = await linked();
    expect(readFileSync(without.at(".env"), "utf8")).not.toMatch(/SECRET|SERVICE|DATABASE|sb_secret|password/);
    const { at, printed } = await linked({ secrets: true, file: ".env.server" });
    expect(readFileSync(at(".env.server"), "utf8")).toMatch(
      /\nSUPABASE_SECRET_KEY=sb_secret_blog\nSUPABASE_SERVICE_ROLE_KEY=blog-service\nDATABASE_URL=postgresql:\/\/blog_owner:password@127\.0\.0\.1:5432\/blog\n$/,
    );
    expect(printed.join()).not.toMatch(/sb_|password|blog-/);
  });
});

describe("with a framework", () => {
  test.each([
    ["next", ".env.local", "NEXT_PUBLIC_"],
    ["vite", ".env.local", "VITE_"],
    ["expo", ".env.local", "EXPO_PUBLIC_"],
    ["svelte", ".env.local", "PUBLIC_"],
    ["astro", ".env.local", "PUBLIC_"],
    ["nuxt", ".env", "NUXT_PUBLIC_"],
  ] as const)("%s: its names in %s, and no secret one with its prefix", async (framework, file, prefix) => {
    const { at } = await linked({ framework, secrets: true });
    const names = [...readFileSync(at(file), "utf8").matchAll(/^(\w+)=/gm)].map(([, name]) => name);
    const words = ["SUPABASE_URL", "SUPABASE_PUBLISHABLE_KEY", "SUPABASE_ANON_KEY", ...(framework === "nuxt" ? ["SUPABASE_KEY"] : [])];
    expect(names).toEqual([...words.map((word) => prefix + word), "SUPABASE_SECRET_KEY", "SUPABASE_SERVICE_ROLE_KEY", "DATABASE_URL"]);
  });

  test.each([
    ["next", { dependencies: { next: "16.0.0", react: "19.0.0" } }],
    ["svelte", { devDependencies: { "@sveltejs/kit": "2.0.0", vite: "7.0.0" } }],
    ["astro", { dependencies: { astro: "5.0.0" }, devDependencies: { vite: "7.0.0" } }],
    ["nuxt", { dependencies: { nuxt: "4.0.0" } }],
    ["expo", { dependencies: { expo: "54.0.0" } }],
    ["vite", { devDependencies: { vite: "7.0.0" } }],
    ["plain", { name: "vite" }],
  ])("%s is seen in a package.json", (framework, json) => expect(detectFramework(JSON.stringify(json))).toBe(framework));

  test("that of the folder where it was typed counts", async () => {
    const made = world();
    const app = made.at("app");
    mkdirSync(app);
    writeFileSync(join(app, "package.json"), '{"dependencies":{"next":"16.0.0"}}');
    await link({ ...made.context, calledFrom: app }, "blog", {});
    expect(readFileSync(join(app, ".env.local"), "utf8")).toContain("NEXT_PUBLIC_SUPABASE_URL=http://blog.localhost");
  });

  test("a package.json that is none", async () => {
    const made = world();
    writeFileSync(made.at("package.json"), "{");
    await expect(link(made.context, "blog", {})).rejects.toThrow(
      new Stop("The package.json here can not be read. Say which names are wanted: --framework next|nuxt|expo|svelte|astro|vite|plain"),
    );
  });
});

describe("a file that is there", () => {
  test("becomes the owner's alone, and a link stays one", async () => {
    const made = world();
    writeFileSync(made.at("real"), "PORT=1\n", { mode: 0o644 });
    symlinkSync(made.at("real"), made.at(".env"));
    await link(made.context, "blog", {});
    expect(readFileSync(made.at("real"), "utf8")).toMatch(/^PORT=1\n\n# indie link/);
    expect(statSync(made.at("real")).mode & 0o777).toBe(0o600);
  });

  test("that says so already stays, and is closed to others", async () => {
    const made = await linked();
    const before = statSync(made.at(".env")).mtimeMs;
    await link(made.context, "blog", {});
    expect(statSync(made.at(".env")).mtimeMs).toBe(before);
    expect(made.printed.at(-2)).toBe("✓ .env: blog, http://blog.localhost, already. Nothing was changed.");
  });

  test("with another's value: nothing is changed, nothing left behind", async () => {
    const made = world();
    writeFileSync(made.at(".env"), "SUPABASE_URL=https://theirs.example.com\n");
    await expect(link(made.context, "blog", {})).rejects.toThrow(/^\.env sets SUPABASE_URL already/);
    expect(readFileSync(made.at(".env"), "utf8")).toBe("SUPABASE_URL=https://theirs.example.com\n");
    expect(readdirSync(made.context.folder).sort()).toEqual([".env", "Pulumi.dev.yaml"]);
    await link(made.context, "blog", { force: true });
    expect(readFileSync(made.at(".env"), "utf8")).toMatch(/^SUPABASE_URL=http:\/\/blog\.localhost\n/);
  });

  test.each([
    ["is a folder", "Pulumi.dev.yaml/../", /can not be read \(EISDIR\)/],
    ["is in a folder that there is not", "none/.env", /^There is no folder .*none\.$/],
  ])("%s", async (_, file, words) => {
    await expect(linked({ file })).rejects.toThrow(words);
  });

  test("of other bytes than text is not written", async () => {
    const made = world();
    writeFileSync(made.at(".env"), Buffer.from([0x41, 0x3d, 0xff, 0x0a]));
    await expect(link(made.context, "blog", {})).rejects.toThrow(new Stop(".env can not be read (it is not UTF-8)."));
  });
});

describe("git", () => {
  test.each([
    ["does not ignore it: a warning", { ...fails(""), exitCode: 1 }, ["! git does not ignore .env: the next commit may take its keys along. A line in .gitignore keeps them out."]],
    ["ignores it", ok(), []],
    ["has no work tree there", { ...fails("fatal: not a git repository"), exitCode: 128 }, []],
    ["is not there", missing, []],
  ])("%s", async (_, git, notes) => {
    expect((await linked({}, { answers: { ...IGNORED, "git -C": git } })).noted).toEqual(notes);
  });

  test("really", async () => {
    const made = world();
    execFileSync("git", ["init", "--quiet", made.context.folder]);
    const real = runner(made.context.folder, process.env);
    const { run: played, ...tools } = await made.context.tools();
    const context = { ...made.context, tools: async () => ({ ...tools, run: ((file, ...rest) => (file === "git" ? real : played)(file, ...rest)) as typeof played }) };
    await link(context, "blog", {});
    expect(made.noted).toHaveLength(1);
    writeFileSync(made.at(".gitignore"), ".env\n");
    await link(context, "blog", {});
    expect(made.noted).toHaveLength(1);
  });
});

test("--stdout prints the lines alone, and writes nothing", async () => {
  const { printed, at, ran } = await linked({ stdout: true, framework: "vite" });
  expect(printed).toEqual(["VITE_SUPABASE_URL=http://blog.localhost", "VITE_SUPABASE_PUBLISHABLE_KEY=sb_publishable_blog", "VITE_SUPABASE_ANON_KEY=blog-anon"]);
  expect([existsSync(at(".env.local")), ran.length]).toEqual([false, 1]);
});

test("what is to be typed names the stack", async () => {
  const prod = { stack: "prod" };
  expect((await linked({}, prod, "docs")).noted).toEqual(["! docs is suspended: it answers once it is back (npx indie resume docs --stack prod)."]);
  const made = world(prod);
  writeFileSync(made.at(".env"), "SUPABASE_URL=https://theirs.example.com\n");
  await expect(link(made.context, "blog", {})).rejects.toThrow(/To replace it: npx indie link blog --stack prod --force/);
});

test("one that does not answer now is said", async () => {
  expect((await linked({}, {}, "docs")).noted).toEqual(["! docs is suspended: it answers once it is back (npx indie resume docs)."]);
});

test("which project is asked, or has to be said", async () => {
  const asked = world({ types: ["blog"] });
  await link(asked.context, undefined, {});
  expect(existsSync(asked.at(".env"))).toBe(true);
  await expect(link(world().context, undefined, {})).rejects.toThrow(new Misuse("Which project? npx indie link <project>"));
  await expect(linked({}, {}, "blgo")).rejects.toThrow(new Stop('The stack dev has no project "blgo" → did you mean blog?'));
});
