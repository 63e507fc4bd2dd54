import { beforeAll, expect, test } from "@jest/globals";
import type { Registered } from "../lib/mocks.ts";
import { program, PROJECT } from "../lib/program.ts";

let registered: Registered[];

beforeAll(async () => {
  const services = { realtime: "off", studio: false } as const;
  ({ registered } = await program([{ ...PROJECT, name: "blog" }, { ...PROJECT, name: "quiet", services }]));
});

test("only Realtime's login may read changes, which is to copy the whole server; and none where no Realtime is", () => {
  const roles = registered.filter(({ type, name }) => type === "postgresql:index/role:Role" && /^(blog|quiet)-/.test(name));
  expect(roles).toHaveLength(10);
  expect(roles.filter(({ inputs }) => inputs.replication).map(({ name }) => name)).toEqual(["blog-realtime"]);
});
