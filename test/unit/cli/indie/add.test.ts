import { afterEach, describe, expect, test } from "@jest/globals";
import { add, type Wish } from "../../../../cli/indie/work/add.ts";
import { Interrupted, Misuse, Stop } from "../../../../cli/report.ts";
import { fails } from "../fakeRun.ts";
import { fake, type Fake, type FakeArgs, megabytes } from "./fakeContext.ts";

const BLOG = "projects:\n  - name: blog\n    architecture: shared\n";
const SHOP = "  - name: shop\n    architecture: isolated\n";
const ROOMY = { docker: megabytes(16_000) };

const fakes: Fake[] = [];
afterEach(() => fakes.splice(0).forEach((each) => each.remove()));

function world(args: FakeArgs = {}): Fake {
  const made = fake({ text: BLOG, answers: ROOMY, ...args });
  fakes.push(made);
  return made;
}

async function added(wish: Wish, args: FakeArgs = {}): Promise<Fake> {
  const made = world(args);
  await add(made.context, wish);
  return made;
}

/** That it was refused, with these words, and the file is as it was. */
async function refused(wish: Wish, args: FakeArgs, kind: typeof Stop, words: string | RegExp): Promise<void> {
  const made = world(args);
  const error = await add(made.context, wish).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(kind);
  if (typeof words === "string") expect((error as Error).message).toBe(words);
  else expect((error as Error).message).toMatch(words);
  expect(made.file()).toBe(args.text ?? BLOG);
}

describe("without a terminal", () => {
  test("as typed: the entry, what it takes, and what comes next", async () => {
    const { file, printed, noted } = await added({ name: "shop", architecture: "isolated" });
    expect(file()).toBe(BLOG + SHOP);
    expect(printed).toEqual([
      expect.stringMatching(/^✓ projects\.yaml: shop is added, isolated \(\+\d{4} MB of memory: \d{4} of 16000 MB\)$/),
      "    +   - name: shop",
      "    +     architecture: isolated",
      "Next: npx indie up",
    ]);
    expect(noted).toEqual([]);
  });

  test("the architecture may be the defaults'", async () => {
    const text = `defaults: { architecture: shared }\n${BLOG}`;
    expect((await added({ name: "shop" }, { text })).file()).toBe(`${text}  - name: shop\n`);
  });

  test("with domains", async () =>
    expect((await added({ name: "shop", architecture: "isolated", domain: ["a.example.com"] })).file()).toBe(
      `${BLOG}${SHOP}    domains: [a.example.com]\n`,
    ));

  test("the first project of all", async () =>
    expect((await added({ name: "shop", architecture: "isolated" }, { text: "" })).file()).toBe(`projects:\n${SHOP}`));

  test.each([
    ["the name", {}, "The name is missing → npx indie add --architecture shared blog"],
    ["the architecture", { name: "shop" }, "The architecture is missing → npx indie add --architecture shared|isolated shop"],
  ])("%s has to be said", (_, wish, words) => refused(wish, {}, Misuse, words));
});

describe("which server it is on", () => {
  const own = { stack: "prod", stackFile: "config: {}\n" };

  test("the one of --stack, where the defaults name another one", async () => {
    const text = `defaults: { server: other }\nprojects: []\n`;
    expect((await added({ name: "shop", architecture: "isolated" }, { ...own, text })).file()).toBe(
      "defaults: { server: other }\nprojects:\n  - name: shop\n    architecture: isolated\n    server: prod\n",
    );
  });

  test("the defaults', where that is the one", async () => {
    const text = `defaults: { server: prod }\nprojects: []\n`;
    expect((await added({ name: "shop", architecture: "isolated" }, { ...own, text })).file()).not.toContain("server: prod\n");
  });

  test("another one: its memory is none of this server's", async () => {
    const { printed, ran } = await added({ name: "shop", architecture: "isolated", server: "other" }, { ...own, text: "projects: []\n" });
    expect(printed[0]).toBe("✓ projects.yaml: shop is added, isolated");
    expect(printed.at(-1)).toBe("Next: npx indie up --stack other");
    expect(ran).toEqual([]);
  });
});

describe("what does not fit", () => {
  test("is refused, with what would", () =>
    refused(
      { name: "shop", architecture: "isolated" },
      { answers: { docker: megabytes(3000) } },
      Stop,
      /^The projects of this server may take \d+ MB of memory, and it has 3000 MB\. Nothing was changed\. What helps, the cheapest first:\n {2}- architecture: shared for "shop", with the plane's Realtime and no Studio\n {2}- a server with 5 GB or more\n/,
    ));

  test.each([
    ["is not there", {}],
    ["does not answer", { docker: fails("Cannot connect to the Docker daemon") }],
  ])("can not be known where Docker %s: that is said", async (_, answers) => {
    const { file, noted } = await added({ name: "shop", architecture: "isolated" }, { answers });
    expect(file()).toBe(BLOG + SHOP);
    expect(noted).toEqual(["! Docker does not answer: whether it fits into the server's memory could not be checked. The next preview does."]);
  });
});

describe("what is not right", () => {
  test.each([
    [
      "a name against the rule",
      { name: "My Shop", architecture: "shared" },
      Misuse,
      'The name "My Shop" breaks the rule: 3 to 19 small letters, digits and single dashes, a letter first, no dash last → for example my-shop',
    ],
    [
      "a name that is refused",
      { name: "realtime", architecture: "shared" },
      Misuse,
      'The name "realtime" is refused: it is a word of the server itself → choose another name',
    ],
    [
      "a domain that is none",
      { name: "shop", architecture: "shared", domain: ["https://x.example.com"] },
      Stop,
      /^projects\.yaml would not be right with it\. Nothing was changed\.\nprojects\.yaml:6:15 {2}project "shop" {2}domains "https:\/\/x\.example\.com" has a scheme → write only the host$/,
    ],
    [
      "a domain of another project",
      { name: "shop", architecture: "shared", domain: ["blog.localhost"] },
      Stop,
      /blog\.localhost is the own host of project "blog" → choose another domain$/,
    ],
  ] as const)("%s", (_, wish, kind, words) => refused({ ...wish, domain: "domain" in wish ? [...wish.domain] : undefined }, {}, kind, words));

  test("a file that is wrong already is to be mended first", () =>
    refused(
      { name: "shop", architecture: "shared" },
      { text: `${BLOG}    colour: red\n` },
      Stop,
      /^projects\.yaml has to be mended first\. Nothing was changed\.\nprojects\.yaml:4:5 {2}project "blog" {2}unknown field "colour"/,
    ));

  test("there is no file", async () => {
    const made = world({ text: undefined });
    await expect(add(made.context, { name: "shop", architecture: "shared" })).rejects.toThrow(
      new Stop("There is no projects.yaml yet. Make one: npx indie init"),
    );
  });
});

describe("one that is there", () => {
  const ON_PROD = `defaults: { server: prod }\n${BLOG}`;
  const other = { stack: "other", stackFile: "config: {}\n", text: ON_PROD };
  const ELSEWHERE = /^projects\.yaml has blog already, on the server prod, not on other\. Nothing was changed\.\nChoose another name; or edit its entry in projects\.yaml: its data does not move along, but its backups can be restored there/;

  test.each<[string, Wish, FakeArgs]>([
    ["by --server", { name: "blog", server: "other" }, { text: ON_PROD }],
    ["by --stack", { name: "blog" }, other],
    ["by --stack, which the defaults name", { name: "blog" }, { ...other, text: `defaults: { server: other }\n${BLOG}    server: prod\n` }],
    ["by both, of which --server counts", { name: "blog", server: "other" }, { ...other, stack: "prod" }],
    ["whatever else it is", { name: "blog", architecture: "isolated" }, { ...other, text: `${ON_PROD}    state: removed\n` }],
  ])("on another server, %s: it is refused", (_, wish, args) => refused(wish, args, Stop, ELSEWHERE));

  test("with no server of its own, where the stack takes all", () => refused({ name: "blog", server: "other" }, {}, Stop, /^projects\.yaml has blog already, with no server, not on other\./));

  test.each<[Wish, FakeArgs]>([
    [{ name: "blog", server: "prod" }, { text: ON_PROD }],
    [{ name: "blog" }, { text: ON_PROD }],
    [{ name: "blog" }, { ...other, stack: "prod" }],
    [{ name: "blog", server: "prod" }, other],
  ])("on the same server it is no fault: %j", async (wish, args) => {
    const { file, printed } = await added(wish, args);
    expect(file()).toBe(ON_PROD);
    expect(printed).toEqual(["✓ projects.yaml: blog is there already. Nothing was changed."]);
  });

  test.each([
    [{ name: "blog" }],
    [{ name: "blog", architecture: "shared" as const }],
    [{ name: "blog", architecture: "shared" as const, domain: [] }],
  ])("the same once more is no fault", async (wish) => {
    const { file, printed } = await added(wish);
    expect(file()).toBe(BLOG);
    expect(printed).toEqual(["✓ projects.yaml: blog is there already. Nothing was changed."]);
  });

  test.each([
    [
      "another architecture",
      { name: "blog", architecture: "isolated" as const },
      BLOG,
      /^projects\.yaml has blog already, shared\. Nothing was changed\.\nChoose another name; or edit its entry/,
    ],
    [
      "other domains",
      { name: "blog", architecture: "shared" as const, domain: ["a.example.com"] },
      BLOG,
      /^projects\.yaml has blog already, shared, or with other domains/,
    ],
    [
      "a removed one",
      { name: "blog", architecture: "shared" as const },
      `${BLOG}    state: removed\n`,
      /^projects\.yaml has blog already, and it is removed\. To have it back: npx indie resume blog$/,
    ],
  ])("%s", (_, wish, text, words) => refused(wish, { text }, Stop, words));
});

describe("with a terminal", () => {
  test("it asks for what is missing, and says what each architecture takes here", async () => {
    const { file, asked } = await added({}, { types: ["Shop!", "blog", "shop", "isolated", "no domain", "a.example.com, b.example.com"] });
    expect(file()).toBe(`${BLOG}${SHOP}    domains: [a.example.com, b.example.com]\n`);
    expect(asked).toEqual([
      "Name of the project: its identity for ever, part of its address",
      'refused: "Shop!" breaks the rule: 3 to 19 small letters, digits and single dashes, a letter first, no dash last → for example shop',
      "refused: is taken",
      expect.stringMatching(
        /^Architecture\n- shared: one set of services for all such projects, \+\d{3} MB of memory; \d+ MB stay free\n- isolated: services of its own, \+\d{4} MB of memory; \d+ MB stay free$/,
      ),
      "Domains besides its own address, with commas between them (none: just Enter)",
      "refused: no has no dot → write the whole host name, such as api.example.com",
    ]);
  });

  test("what does not fit is said beforehand", async () => {
    const made = world({ types: ["isolated", ""], answers: { docker: megabytes(3000) } });
    await expect(add(made.context, { name: "shop" })).rejects.toThrow(/^The projects of this server may take/);
    expect(made.asked[0]).toMatch(/- shared: .* MB stay free\n- isolated: .*; does not fit: the server has 3000 MB$/);
  });

  test("only for what is missing", async () => {
    const { asked } = await added({ name: "shop", domain: ["a.example.com"] }, { types: ["shared"] });
    expect(asked).toHaveLength(1);
  });

  test("nothing of one that is there", async () => expect((await added({ name: "blog" }, { types: [] })).asked).toEqual([]));

  test("nothing where nothing is", async () => expect((await added({ name: "shop", architecture: "shared" }, { types: [] })).asked).toEqual([]));

  test("Ctrl-C leaves the file as it was", () => refused({}, { types: ["shop", "^C"] }, Interrupted, "Nothing was changed."));

  test("not with --json: that is for a program", () => refused({}, { types: ["shop"], json: true }, Misuse, /^The name is missing/));
});
