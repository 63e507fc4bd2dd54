// list, url and keys: what the stack has to say.
import { afterEach, describe, expect, test } from "@jest/globals";
import { keys } from "../../../../cli/indie/work/keys.ts";
import { list } from "../../../../cli/indie/work/list.ts";
import { url } from "../../../../cli/indie/work/url.ts";
import { Misuse, Stop } from "../../../../cli/report.ts";
import { fails, ok } from "../fakeRun.ts";
import { fake, type Fake, type FakeArgs } from "./fakeContext.ts";
import { outputs, stackProject, STUDIO } from "./outputs.ts";

const TEXT = `projects:
  - { name: blog, architecture: shared }
  - { name: docs, architecture: isolated, domains: [b.example.com, a.example.com] }
  - { name: old, architecture: shared, state: removed }
  - { name: new-one, architecture: shared }
`;
const THERE = {
  blog: stackProject("blog"),
  docs: stackProject("docs", { domains: ["a.example.com", "b.example.com"] }),
  shop: stackProject("shop", { architecture: "isolated", studio: STUDIO }),
};

const fakes: Fake[] = [];
afterEach(() => fakes.splice(0).forEach((each) => each.remove()));

function world(args: FakeArgs = {}): Fake {
  const made = fake({ text: TEXT, answers: { pulumi: outputs(THERE) }, ...args });
  fakes.push(made);
  return made;
}

/** All the ways in which a stack was never up. */
const NEVER: [string, FakeArgs["answers"]][] = [
  ["there is no such stack", { pulumi: fails("error: no stack named 'dev' found") }],
  ["it is empty", { pulumi: ok("{}") }],
];

/** All the ways in which nobody can tell, and what is said. */
const UNKNOWN: [string, FakeArgs["answers"], RegExp][] = [
  ["there is no pulumi", {}, /There is no program `pulumi` on PATH, which would know what the stack "dev" has\.\nIf its state is kept elsewhere: set PULUMI_BACKEND_URL .*with pulumi on PATH\. If it was never brought up: npx indie up$/],
  [
    "no backend was chosen",
    { pulumi: fails("error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions") },
    /Pulumi can not look for the stack "dev": PULUMI_BACKEND_URL is not set, and nobody is logged in\.\nIf its state is kept elsewhere: set PULUMI_BACKEND_URL to where that is, or run pulumi login\. If/,
  ],
  ["the login is over", { pulumi: fails("error: this command requires logging in; try running `pulumi login` first") }, /nobody is logged in/],
];

describe("list", () => {
  test("the file's projects beside the server's", async () => {
    const { context, printed, noted, ran } = world();
    await list(context);
    expect(printed).toEqual([
      "name     architecture  state    address",
      "blog     shared        present  http://blog.localhost",
      "docs     isolated      present  http://docs.localhost     changes with the next up",
      "old      shared        removed  http://old.localhost",
      "new-one  shared        present  http://new-one.localhost  new: comes with the next up",
      "shop     isolated      present  http://shop.localhost     on the server, not in the file",
    ]);
    expect(noted).toEqual([]);
    // No secret is asked for.
    expect(ran).toEqual(["pulumi stack output --json --stack dev --non-interactive"]);
  });

  test.each(NEVER)("from the file alone where the stack was never up: %s", async (_, answers) => {
    const { context, printed, noted } = world({ answers });
    await list(context);
    expect(printed.map((line) => line.split(" ")[0])).toEqual(["name", "blog", "docs", "old", "new-one"]);
    expect(printed[1]).toBe("blog     shared        present  http://blog.localhost");
    expect(noted).toEqual(["The stack dev was never brought up: this is projects.yaml alone. Next: npx indie up"]);
  });

  test.each(UNKNOWN)("what the server has is not known where %s: the file alone, which does not count as never brought up", async (_, answers, why) => {
    const { context, printed, noted } = world({ answers });
    await list(context);
    expect(printed[1]).toBe("blog     shared        present  http://blog.localhost");
    expect(noted).toEqual([expect.stringMatching(/^! What the server has is not known: this is projects\.yaml alone\. /)]);
    expect(noted[0]).toMatch(why);
    expect(noted[0]).not.toContain("The stack dev was never");
    // For a program each project would be a new one.
    await expect(list(world({ answers, json: true }).context)).rejects.toThrow(why);
  });

  test("where PULUMI_BACKEND_URL is set that is said, and not to what: a password may be in it", async () => {
    const { context } = world({ answers: { pulumi: fails("error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions") } });
    const tools = async () => ({ ...(await context.tools()), env: { PULUMI_BACKEND_URL: "https://me:s3cret@example.com" } });
    const error = (await list({ ...context, tools, json: true }).then(() => undefined, (each: unknown) => each)) as Error;
    expect(error.message).toContain("PULUMI_BACKEND_URL is set, and nobody is logged in");
    expect(error.message).not.toContain("s3cret");
  });

  test("the address has the port of the stack's settings", async () => {
    const { context, printed } = world({ answers: {}, stackFile: "config:\n  indie-ventures:placement: all\n  indie-ventures:httpPort: 8080\n" });
    await list(context);
    expect(printed[1]).toContain("http://blog.localhost:8080");
  });

  test("no project yet", async () => {
    const { context, printed } = world({ text: "projects: []\n", answers: { pulumi: outputs({}) } });
    await list(context);
    expect(printed).toEqual(["projects.yaml has no project yet. The first: npx indie add"]);
  });

  test("Pulumi's fault is said, and is no empty list", async () => {
    await expect(list(world({ answers: { pulumi: fails("error: the backend is on fire") } }).context)).rejects.toThrow(
      new Stop("`pulumi stack output` failed:\nerror: the backend is on fire"),
    );
  });

  test("a wrong passphrase in our words", async () => {
    await expect(list(world({ answers: { pulumi: fails("error: incorrect passphrase") } }).context)).rejects.toThrow(
      /^The passphrase \(from nowhere\) is not the one/,
    );
  });
});

describe("url", () => {
  test("of one, alone", async () => {
    const { context, printed } = world();
    await url(context, "blog");
    expect(printed).toEqual(["http://blog.localhost"]);
  });

  test("of all", async () => {
    const { context, printed } = world();
    await url(context, undefined);
    expect(printed).toEqual(["blog  http://blog.localhost", "docs  http://docs.localhost", "shop  http://shop.localhost"]);
  });

  test.each([
    ["a typing error", "blgo", { pulumi: outputs(THERE) }, 'The stack dev has no project "blgo" → did you mean blog?'],
    ["never up", "blog", { pulumi: fails("error: no stack named 'dev' found") }, 'The stack "dev" was never brought up: there is nothing to ask. Run: npx indie up'],
    ["no project", undefined, { pulumi: outputs({}) }, "The stack dev has no project. The first: npx indie add"],
  ])("%s", async (_, name, answers, words) => {
    await expect(url(world({ answers }).context, name)).rejects.toThrow(new Stop(words));
  });
});

test.each(UNKNOWN)("no address and no key where nobody can tell: %s", async (_, answers, why) => {
  await expect(url(world({ answers }).context, "blog")).rejects.toThrow(why);
  await expect(keys(world({ answers }).context, "blog", undefined)).rejects.toThrow(why);
});

describe("keys", () => {
  test("all of a project, and its Studio's", async () => {
    const { context, printed, ran } = world();
    await keys(context, "shop", undefined);
    expect(printed).toEqual([
      "shop  http://shop.localhost",
      "publishableKey  sb_publishable_shop",
      "secretKey       sb_secret_shop",
      "anonKey         shop-anon",
      "serviceRoleKey  shop-service",
      "jwtSecret       shop-jwt",
      "dbUrl           postgresql://shop_owner:password@127.0.0.1:5432/shop",
      "Studio          http://studio.shop.localhost",
      "its user        supabase",
      "its password    studio-password",
    ]);
    expect(ran).toEqual(["pulumi stack output --json --show-secrets --stack dev --non-interactive"]);
  });

  test("one alone", async () => {
    const { context, printed } = world();
    await keys(context, "blog", "anonKey");
    expect(printed).toEqual(["blog-anon"]);
  });

  test("one alone, with --json: no other one is printed", async () => {
    const { context, printed } = world({ json: true });
    await keys(context, "shop", "publishableKey");
    expect(JSON.parse(printed.join("\n"))).toEqual({ stack: "dev", name: "shop", url: "http://shop.localhost", publishableKey: "sb_publishable_shop" });
  });

  test("another stack is named in what to type", async () => {
    await expect(keys(world({ stack: "prod" }).context, undefined, undefined)).rejects.toThrow(new Misuse("Which project? npx indie keys <project> --stack prod"));
  });

  test("a person is asked which project", async () => {
    const { context, printed } = world({ types: ["docs"] });
    await keys(context, undefined, undefined);
    expect(printed[0]).toBe("docs  http://docs.localhost");
  });

  test.each([
    ["a key that there is not", "blog", "anonkye", new Misuse('There is no key "anonkye" → did you mean anonKey?')],
    [
      "something else",
      "blog",
      "password",
      new Misuse('There is no key "password" → there are publishableKey, secretKey, anonKey, serviceRoleKey, jwtSecret, dbUrl'),
    ],
    ["no project", undefined, undefined, new Misuse("Which project? npx indie keys <project>")],
    ["an unknown project", "sho", undefined, new Stop('The stack dev has no project "sho" → did you mean shop?')],
  ])("%s", async (_, name, key, error) => {
    const thrown = await keys(world().context, name, key).then(
      () => undefined,
      (each: unknown) => each,
    );
    expect(thrown).toEqual(error);
    expect(thrown).toBeInstanceOf(error.constructor);
  });
});
