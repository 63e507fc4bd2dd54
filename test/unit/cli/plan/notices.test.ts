import { describe, expect, test } from "@jest/globals";
import { changes } from "../../../../cli/plan/changes.ts";
import { effectsOf } from "../../../../cli/plan/notices.ts";
import { Owners } from "../../../../cli/plan/owners.ts";
import { COMMAND, CONTAINER, CREATE_FIRST, DATABASE, DELETE_FIRST, preview, ROLE, steps, VOLUME } from "./previews.ts";

function effects(path: string[], ops: string | string[], states?: Parameters<typeof steps>[2]) {
  const all = preview(steps(path, ops, states));
  const owners = new Owners(all);
  return changes(all).flatMap((change) => effectsOf(change, owners.components(change.urn)));
}

const PROJECT = "SupabaseProject blog";
const PLANE = "SharedSupabaseStack shared";

describe("data that is removed", () => {
  test.each([
    ["database", [PROJECT, "ProjectDatabase blog", `${DATABASE} blog`]],
    ["keys", [PROJECT, "ProjectKeys blog", "pulumi:index:Stash blog-seed"]],
    ["the server's own keys", ["PostgresServer postgres", "pulumi:index:Stash postgres-seed"]],
    ["the databases of all projects", ["PostgresServer postgres", `${VOLUME} postgres-data`]],
    ["the root key of all vaults", ["PostgresServer postgres", `${VOLUME} postgres-custom`]],
    ["the files of all projects", ["FileStore files", `${VOLUME} files`]],
    ["the backups that are on this server", ["Backups backups", `${VOLUME} backups`]],
    ["the list of backups, and of what is being taken away", ["Backups backups", `${VOLUME} backup-state`]],
  ])("%s", (what, path) => {
    for (const ops of ["delete", CREATE_FIRST, DELETE_FIRST]) expect(effects(path, ops)).toEqual([{ kind: "data removed", what }]);
    for (const op of ["create", "update"]) expect(effects(path, op)).toEqual([]);
    expect(effects(path, "delete", { oldState: { retainOnDelete: true } })).toEqual([]);
    expect(effects(path, "same", { oldState: { protect: true }, newState: {} })).toEqual([{ kind: "noticed", what: `no longer protected from deletion: ${what}` }]);
    expect(effects(path, "same", { oldState: {}, newState: { protect: true } })).toEqual([]);
  });

  test.each([
    ["a service's own tables, which are made again", [PLANE, "MetadataDatabase storage", `${DATABASE} storage`]],
    ["a project's own view of its files", [PROJECT, "IsolatedSupabaseStack blog", `${VOLUME} blog-files`]],
    ["routes of a gateway", [PROJECT, "IsolatedSupabaseStack blog", "Gateway blog-gateway", `${VOLUME} blog-gateway`]],
    ["certificates, which are asked for anew", ["Certificates certificates", `${VOLUME} acme`]],
    ["what a proof needs", ["Backups backups", `${VOLUME} scratch-data`]],
    ["the plane's seed", [PLANE, "pulumi:index:Stash shared-seed"]],
  ])("not: %s", (_title, path) => expect(effects(path, "delete")).toEqual([]));
});

describe("another container", () => {
  test.each([
    [PROJECT, `${CONTAINER} blog-auth`],
    [PROJECT, "IsolatedSupabaseStack blog", `${CONTAINER} blog-storage`],
    [PLANE, `${CONTAINER} storage`],
    [PLANE, "Gateway gateway", `${CONTAINER} gateway`],
  ])("that comes before the old one goes: %s %s", (...path) => expect(effects(path, CREATE_FIRST)).toEqual([]));

  test.each([
    ["Realtime", "its project", [PROJECT, "RealtimeServer blog-realtime", `${CONTAINER} blog-realtime`]],
    ["Realtime", "the plane's Realtime", [PLANE, "RealtimeServer realtime", `${CONTAINER} realtime`]],
    ["everything", "all projects", ["PostgresServer postgres", `${CONTAINER} postgres`]],
    ["the database", "all projects", ["PostgresServer postgres", `${CONTAINER} door`]],
    ["everything", "all projects", ["Edge edge", `${CONTAINER} edge`]],
    ["what uses it", "its project", [PROJECT, `${CONTAINER} blog-something`]],
    ["what uses it", "all projects", ["Networks networks", "docker:index/network:Network db"]],
  ])("that comes after the old one: %s, %s", (what, reach, path) =>
    expect(effects(path, DELETE_FIRST)).toEqual([expect.objectContaining({ kind: "interrupted", what, reach })]));

  test("the port of Postgres: every URL of a database has it", () => {
    const door = ["PostgresServer postgres", `${CONTAINER} door`];
    const port = { kind: "noticed", what: expect.stringContaining("dbUrl") };
    expect(effects(door, DELETE_FIRST, { diffReasons: ["ports"] })).toEqual([expect.objectContaining({ kind: "interrupted" }), port]);
    expect(effects(door, DELETE_FIRST, { diffReasons: ["image"] })).not.toContainEqual(port);
  });

  test("backups: nobody notices", () => expect(effects(["Backups backups", `${CONTAINER} backup`], DELETE_FIRST)).toEqual([]));

  test("another program as the gateway: it knows no project yet", () => {
    expect(effects([PLANE, "Gateway gateway", `${CONTAINER} gateway`], CREATE_FIRST, { diffReasons: ["image", "entrypoints"] })).toEqual([
      expect.objectContaining({ kind: "interrupted", what: "everything", reach: "all projects" }),
    ]);
    expect(effects([PROJECT, "IsolatedSupabaseStack blog", "Gateway blog-gateway", `${CONTAINER} blog-gateway`], CREATE_FIRST, { diffReasons: ["entrypoints"] })).toEqual([
      expect.objectContaining({ reach: "its project" }),
    ]);
  });
});

describe("anything else", () => {
  test("that is known changes in silence", () => {
    for (const path of [[PROJECT, `${COMMAND} blog-site`], [PROJECT, "ProjectDatabase blog", `${ROLE} blog-owner`], ["Server server", "pulumi:providers:docker docker"]])
      for (const op of ["update", "delete"]) expect(effects(path, op)).toEqual([]);
  });

  test("that nobody thought of is never nothing", () => {
    for (const op of ["update", "delete", "some-new-word"])
      expect(effects([PROJECT, "hcloud:index/server:Server vm"], op)).toEqual([expect.objectContaining({ kind: "interrupted", why: expect.stringContaining("vm"), reach: "its project" })]);
    expect(effects(["random:index/randomId:RandomId state"], CREATE_FIRST)).toHaveLength(1);
  });

  test("that is new disturbs nobody", () => expect(effects(["random:index/randomId:RandomId state"], "create")).toEqual([]));
});
