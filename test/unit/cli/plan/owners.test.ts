import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { Owners } from "../../../../cli/plan/owners.ts";
import { COMMAND, CONTAINER, preview, steps, urn } from "./previews.ts";

const ownerOf = (...path: string[]) => new Owners(preview(steps(path, "update"))).of(urn(...path));

test.each([
  ["what is a child of the project", ["SupabaseProject blog", `${CONTAINER} blog-auth`], "blog"],
  ["a component of it", ["SupabaseProject blog"], "blog"],
  ["what is deeper in it", ["SupabaseProject blog", "IsolatedSupabaseStack blog", "Gateway blog-gateway", `${COMMAND} blog-fragment`], "blog"],
  ["its routes in the plane", ["SharedSupabaseStack shared", "Gateway gateway", `${COMMAND} blog-fragment`], "blog"],
  ["its tenant in the plane", ["SharedSupabaseStack shared", "RealtimeServer realtime", `${COMMAND} blog-realtime-tenant`], "blog"],
  ["the same of one whose name begins with another's", ["SharedSupabaseStack shared", "Gateway gateway", `${COMMAND} blog-api-fragment`], "blog-api"],
  ["of one that is called as a service is", ["SharedSupabaseStack shared", "RealtimeServer realtime", `${COMMAND} blog-realtime-realtime-tenant`], "blog-realtime"],
  ["what it wants of certificates", ["SupabaseProject blog", `${COMMAND} blog-certificates`], "blog"],
  ["a site, whatever its name", ["SupabaseProject blog", "NginxRoute studio.blog", `${COMMAND} studio.blog-site`], "blog"],
])("a project's: %s", (_title, path, project) => expect(ownerOf(...path)).toEqual({ project }));

test.each([
  ["plane", ["SharedSupabaseStack shared", `${CONTAINER} storage`]],
  ["plane", ["SharedSupabaseStack shared", "Gateway gateway", `${CONTAINER} gateway`]],
  ["plane", ["SharedSupabaseStack shared", "RealtimeServer realtime", "MetadataDatabase realtime", `${COMMAND} realtime-tenancy`]],
  ["plane", ["SharedSupabaseStack shared", "NginxRoute api", `${COMMAND} api-site`]],
  ["postgres", ["PostgresServer postgres", `${CONTAINER} postgres`]],
  ["edge", ["Edge edge", `${CONTAINER} edge`]],
  ["certificates", ["Certificates certificates", `${CONTAINER} acme`]],
  ["plane", ["SharedSupabaseStack shared", `${COMMAND} api-certificates`]],
  ["backups", ["Backups backups", `${CONTAINER} backup`]],
  ["server", ["Server server", "docker:index/remoteImage:RemoteImage supabase/gotrue:v2.196.0"]],
  ["server", ["FileStore files", "docker:index/volume:Volume files"]],
  ["server", [`${COMMAND} data-guard`]],
  // Not in the plane: what a project of that name has is elsewhere.
  ["server", ["Server server", `${COMMAND} blog-fragment`]],
])("a part of the %s: %j", (part, path) => expect(ownerOf(...path)).toEqual({ part }));

const name = fc.stringMatching(/^[a-z][a-z0-9]{1,6}(?:-[a-z0-9]{1,4})?$/);

test("two names of which one begins with the other are never taken for each other", () =>
  fc.assert(
    fc.property(name, fc.stringMatching(/^-[a-z]{1,8}$/), (short, end) => {
      const all = preview(...[short, short + end].map((each) => steps(["SharedSupabaseStack shared", "Gateway gateway", `${COMMAND} ${each}-fragment`], "update")));
      const owners = new Owners(all);
      for (const each of [short, short + end])
        expect(owners.of(urn("SharedSupabaseStack shared", "Gateway gateway", `${COMMAND} ${each}-fragment`))).toEqual({ project: each });
    }),
  ));
