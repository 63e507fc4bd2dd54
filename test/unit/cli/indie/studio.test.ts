import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { studio, type StudioWish } from "../../../../cli/indie/work/studio.ts";
import { AlreadySaid, Stop } from "../../../../cli/report.ts";
import type { Ran } from "../../../../cli/run.ts";
import { fails, missing, ok } from "../fakeRun.ts";
import { ALL_PROJECTS, fake, type Fake, megabytes } from "./fakeContext.ts";
import { outputs, stackProject, STUDIO } from "./outputs.ts";

const up = jest.fn<() => Promise<number>>();
jest.unstable_mockModule("../../../../cli/up.ts", () => ({ up }));

const TEXT = `projects:
  - { name: blog, architecture: shared }
  - { name: docs, architecture: shared }
  - { name: shop, architecture: isolated }
  - { name: old, architecture: shared, state: suspended }
  - { name: never, architecture: shared, services: { studio: off } }
`;
const BARE = { blog: stackProject("blog"), docs: stackProject("docs"), shop: stackProject("shop", { architecture: "isolated", studio: STUDIO }), old: stackProject("old"), never: stackProject("never") };
const RUNNING = { ...BARE, blog: stackProject("blog", { studio: { ...STUDIO, url: "http://studio.blog.localhost" } }) };

const fakes: Fake[] = [];
beforeEach(() => void up.mockResolvedValue(0));
afterEach(() => {
  fakes.splice(0).forEach((each) => each.remove());
  up.mockReset();
});

interface World {
  /** The setting. @default none */
  named?: string;
  there?: Record<string, object>;
  docker?: Ran;
  config?: Ran;
  stack?: string;
  text?: string;
}

async function typed(name: string, wish: StudioWish = {}, { named, there = BARE, docker = megabytes(16_000), config = ok(), stack, text = TEXT }: World = {}): Promise<Fake> {
  const stackFile = ALL_PROJECTS + (named === undefined ? "" : `  indie-ventures:studio: ${named}\n`);
  const made = fake({ text, stackFile, stack, answers: { docker, "pulumi config": config, pulumi: outputs(there) } });
  fakes.push(made);
  await studio(made.context, name, wish);
  return made;
}
const set = ({ ran }: Fake) => ran.filter((line) => line.startsWith("pulumi config"));

describe("on", () => {
  test("the setting, what it takes, and what comes next", async () => {
    const made = await typed("blog");
    expect(set(made)).toEqual(["pulumi config set indie-ventures:studio blog --stack dev --non-interactive"]);
    expect(made.printed).toEqual([expect.stringMatching(/^✓ blog's Studio is on in the stack's setting studio \(\+\d{3} MB of memory: \d{4} of 16000 MB\)$/), "Next: npx indie up"]);
  });

  test("beside others, of another stack", async () => {
    const made = await typed("docs", {}, { named: "blog", stack: "prod" });
    expect(set(made)).toEqual(["pulumi config set indie-ventures:studio blog,docs --stack prod --non-interactive"]);
    expect(made.printed.at(-1)).toBe("Next: npx indie up --stack prod");
  });

  test("already, and it runs: where it is", async () => {
    const made = await typed("blog", {}, { named: "blog", there: RUNNING });
    expect(set(made)).toEqual([]);
    expect(made.printed).toEqual(["✓ blog's Studio is on already. Nothing was changed.", "It runs: http://studio.blog.localhost; user and password: npx indie keys blog"]);
  });

  test("already, and it waits for an update", async () => {
    expect((await typed("blog", {}, { named: "blog" })).printed).toEqual(["✓ blog's Studio is on already. Nothing was changed.", "Next: npx indie up"]);
  });

  test("always: nothing is set", async () => {
    const made = await typed("shop");
    expect([set(made), made.printed]).toEqual([[], ["It runs: http://studio.shop.localhost; user and password: npx indie keys shop"]]);
  });

  test("where Docker does not answer, that is said", async () => {
    const made = await typed("blog", {}, { docker: missing });
    expect([set(made).length, made.noted.length]).toEqual([1, 1]);
    expect(made.noted[0]).toMatch(/^! Docker does not answer/);
  });
});

test("one that is suspended: how to have it back names the stack", async () => {
  await expect(typed("old", {}, { stack: "prod" })).rejects.toThrow("To have it back: npx indie resume old --stack prod");
});

describe("off", () => {
  test("of the last one takes the setting away", async () => {
    const made = await typed("blog", { off: true }, { named: "blog", there: RUNNING });
    expect(set(made)).toEqual(["pulumi config rm indie-ventures:studio --stack dev --non-interactive"]);
    expect(made.printed).toEqual([expect.stringMatching(/^✓ blog's Studio is off in the stack's setting studio \(-\d{3} MB of memory: /), "Next: npx indie up"]);
  });

  test("leaves the others", async () => {
    expect(set(await typed("blog", { off: true }, { named: "docs,blog" }))).toEqual(["pulumi config set indie-ventures:studio docs --stack dev --non-interactive"]);
  });

  test("already: nothing more is to be done", async () => {
    const made = await typed("blog", { off: true });
    expect([set(made), made.printed]).toEqual([[], ["✓ blog's Studio is off already. Nothing was changed."]]);
  });

  test("fits always", async () => expect(set(await typed("blog", { off: true }, { named: "blog", docker: megabytes(100) }))).toHaveLength(1));
});

describe("what can not be, and changes nothing", () => {
  test.each<[string, string, StudioWish, World, string | RegExp]>([
    ["no such project", "blgo", {}, {}, 'projects.yaml has no project "blgo" → did you mean blog?'],
    ["one that is suspended", "old", {}, {}, "old is suspended, and has no Studio. Nothing was changed. To have it back: npx indie resume old"],
    ["services.studio: off", "never", {}, {}, "never says services.studio: off in projects.yaml. Nothing was changed. Take that word out of there, and run the same command again."],
    [
      "the same in the defaults",
      "blog",
      {},
      { text: "defaults: { services: { studio: off } }\nprojects: [{ name: blog, architecture: shared }]\n" },
      /^blog says services\.studio: off/,
    ],
    ["one that runs always", "shop", { off: true }, {}, /^shop's Studio runs always, as isolated projects have it by default\. Nothing was changed\.\nTo have it on demand, write services: \{ studio: on-demand \}/],
    ["too little memory", "blog", {}, { docker: megabytes(3000) }, /^The projects of this server may take \d+ MB of memory, and it has 3000 MB\. Nothing was changed\./],
    ["Pulumi's fault", "blog", {}, { config: fails("error: no") }, "`pulumi config set` failed:\nerror: no"],
  ])("%s", async (_, name, wish, world, words) => {
    const thrown = await typed(name, wish, world).then(
      () => undefined,
      (error: Error) => error,
    );
    expect(thrown).toBeInstanceOf(Stop);
    if (typeof words === "string") expect(thrown!.message).toBe(words);
    else expect(thrown!.message).toMatch(words);
    expect(fakes.flatMap(({ printed }) => printed)).toEqual([]);
    expect(fakes.flatMap(set)).toHaveLength(world.config === undefined ? 0 : 1);
  });
});

describe("--up", () => {
  test("runs the update, and says where it is", async () => {
    const made = await typed("blog", { up: true }, { stack: "prod" });
    expect(up.mock.calls).toEqual([[{ stack: "prod", pulumiArgs: [], emptyServer: false }]]);
    expect(made.printed.slice(1)).toEqual(["http://studio.blog.localhost; user and password: npx indie keys blog --stack prod"]);
  });

  test("with --off there is nothing to say afterwards", async () => {
    const made = await typed("blog", { up: true, off: true }, { named: "blog", there: RUNNING });
    expect([up.mock.calls.length, made.printed.length]).toEqual([1, 1]);
  });

  test("that it failed is the exit code", async () => {
    up.mockResolvedValue(255);
    await expect(typed("blog", { up: true })).rejects.toThrow(new AlreadySaid(1));
  });
});
