import { expect, test } from "@jest/globals";
import { protectedData } from "../../../../policy/rules/protectedData.ts";
import { askStack, type Resource, secret, UNKNOWN } from "../lib/ask.ts";
import { volume } from "../lib/resources.ts";

const stack = (protectData: boolean | undefined, state = "present"): Resource => ({
  type: "pulumi:pulumi:Stack",
  name: "indie-ventures-dev",
  props: { protectData, projectNames: ["blog"], projects: { blog: { state, dbUrl: secret(UNKNOWN) } } },
});
const DATABASE = "postgresql:index/database:Database";
const database = (name: string, protect: boolean, database = name): Resource => ({ type: DATABASE, name, props: { name: database }, protect });
const seed = (name: string, protect: boolean): Resource => ({ type: "pulumi:index:Stash", name, props: { output: secret(UNKNOWN) }, protect });

const say = (resource: Resource, outputs = stack(true)) => askStack([protectedData], [outputs, resource]);

test.each([
  ["a database", database("blog", true)],
  ["a seed", seed("blog-seed", true)],
  ["the volume of files", volume("files", {}, true)],
  ["tables that are made again", database("storage", false, "supabase_storage")],
  ["the plane's seed", seed("shared-seed", false)],
  ["a gateway's volume", volume("blog-gateway")],
  ["a folder of the volume of files", volume("blog-files", { driverOpts: { type: "none", o: "bind", device: UNKNOWN } })],
])("conforms: %s", async (_, resource) => expect(await say(resource)).toEqual([]));

const UNPROTECTED: [string, Resource][] = [
  ["a database", database("blog", false)],
  ["a database with a name that is not known yet", database("blog", false, UNKNOWN)],
  ["a project's seed", seed("blog-seed", false)],
  ["the server's seed", seed("postgres-seed", false)],
  ["the volume of files", volume("files")],
  ["Postgres' volume", volume("postgres-data")],
  ["a volume that nobody has said is made again", volume("new-thing")],
  ["files that are no folder of another volume", volume("blog-files")],
];

test.each(UNPROTECTED)("violates: %s", async (_, resource) => {
  const message = `"${resource.name}" (${resource.type.split(":").at(-1)}) holds data and is not protected, on a server with \`protectData: true\`.`;
  expect(await say(resource)).toEqual([expect.objectContaining({ policy: "protected-data", level: "mandatory", message: expect.stringContaining(message) })]);
});

test.each(UNPROTECTED)("conforms where data is not protected: %s", async (_, resource) => expect(await say(resource, stack(false))).toEqual([]));

test("what the stack does not say is the setting's default: protected", async () => {
  expect(await say(volume("files"), stack(undefined))).toHaveLength(1);
});

test("a project that is being removed lets go of its own, and of nothing else", async () => {
  const removed = stack(true, "removed");
  expect(await say(database("blog", false), removed)).toEqual([]);
  expect(await say(seed("blog-seed", false), removed)).toEqual([]);
  expect(await say(database("docs", false), removed)).toHaveLength(1);
  expect(await say(volume("blog", {}), removed)).toHaveLength(1);
});
