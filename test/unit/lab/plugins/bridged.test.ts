import { describe, expect, test } from "@jest/globals";
import {
  changedNames,
  changesOf,
  failuresOf,
  importedInputs,
  nameIsFixed,
  planned,
  refreshedInputs,
  stored,
  withDefaults,
} from "../../../lab/engine/plugins/lib/bridged.ts";
import { Secret, unknown } from "../../../lab/engine/plugins/lib/value.ts";
import { databaseSchema } from "../../../lab/engine/plugins/postgresql/database.ts";
import { passwordFailures } from "../../../lab/engine/plugins/postgresql/resource.ts";
import { roleSchema } from "../../../lab/engine/plugins/postgresql/role.ts";
import type { Properties } from "../../../lab/engine/plugins/lib/value.ts";

const names = (olds: Properties = {}) => ({ urnName: "app", olds });
const created: Properties = {
  ...{ name: "appdb", owner: "app", template: "template0", encoding: "UTF8", lcCollate: "C", lcCtype: "C" },
  ...{ tablespaceName: "pg_default", connectionLimit: -1, allowConnections: true, isTemplate: false, alterObjectOwnership: false },
};

describe("defaults", () => {
  test("a role gets the released plugin's defaults, but none that is false", () => {
    expect(withDefaults(roleSchema, { name: "app" }, names())).toEqual({
      ...{ name: "app", connectionLimit: -1, encryptedPassword: true, inherit: true, validUntil: "infinity" },
      __defaults: ["connectionLimit", "encryptedPassword", "inherit", "validUntil"],
    });
  });

  test("a given value wins over its default, null counts as not given", () => {
    const inputs = withDefaults(roleSchema, { name: "app", inherit: false, connectionLimit: null }, names());
    expect(inputs["inherit"]).toBe(false);
    expect(inputs["connectionLimit"]).toBe(-1);
  });

  test("a missing name is made once and kept, and not kept once the program had given it", () => {
    const first = withDefaults(roleSchema, {}, names());
    expect(first["name"]).toMatch(/^app-[0-9a-f]{7}$/);
    expect(withDefaults(roleSchema, {}, names(first))["name"]).toBe(first["name"]);
    expect(withDefaults(roleSchema, {}, names({ name: "given", __defaults: [] }))["name"]).toMatch(/^app-/);
  });

  test("a password is secret in inputs and in state even where the program did not mark it", () => {
    expect(withDefaults(roleSchema, { name: "a", password: "p" }, names())["password"]).toEqual(new Secret("p"));
    expect(stored(roleSchema, "a", { name: "a", password: "p" })["password"]).toEqual(new Secret("p"));
  });
});

describe("check", () => {
  test.each([
    ["a property that is not there", { name: "a", nonsense: 1 }, "nonsense"],
    ["another type", { name: "a", login: "yes" }, "login"],
    ["a number below the minimum", { name: "a", connectionLimit: -2 }, "connectionLimit"],
    ["a missing required property", {}, "name"],
  ])("%s is a failure of that property, by the stand-in's name", (_, inputs, property) => {
    const [failure, ...others] = failuresOf("postgresql", roleSchema, inputs as Properties);
    expect(others).toEqual([]);
    expect(failure).toMatchObject({ property, reason: expect.stringMatching(/^lab postgresql: /) });
  });

  test("unknown values pass, wherever they stand", () => {
    expect(failuresOf("postgresql", roleSchema, { name: unknown, login: unknown, roles: [unknown] })).toEqual([]);
  });

  test("a failure does not tell the value of a secret", () => {
    const reasons = failuresOf("postgresql", roleSchema, { name: "a", password: new Secret(["s3cret"]) });
    expect(reasons).toHaveLength(1);
    expect(JSON.stringify(reasons)).not.toContain("s3cret");
  });

  test("the two ways to give a password exclude each other", () => {
    expect(passwordFailures({ password: "a", passwordWo: "b", passwordWoVersion: "1" })).toHaveLength(1);
    expect(passwordFailures({ passwordWo: "b" })).toHaveLength(1);
    expect(passwordFailures({ passwordWo: "b", passwordWoVersion: "1" })).toEqual([]);
    expect(passwordFailures({ password: "a" })).toEqual([]);
  });
});

describe("differences", () => {
  const diff = (inputs: Properties, ignored: string[] = []) => changesOf(databaseSchema, created, { name: "appdb", ...inputs }, ignored);

  test("state against the inputs it came from: nothing", () => {
    expect(diff({ owner: "app", connectionLimit: -1, allowConnections: true })).toEqual({});
  });

  test.each(["template", "encoding", "lcCollate", "lcCtype"])("%s replaces", (name) => {
    expect(diff({ [name]: "other" })).toEqual({ [name]: "UPDATE_REPLACE" });
  });

  test.each([
    ["owner", "other"],
    ["tablespaceName", "other"],
    ["connectionLimit", 3],
    ["allowConnections", false],
    ["isTemplate", true],
    ["alterObjectOwnership", true],
    ["name", "other"],
  ])("%s updates in place", (name, value) => {
    expect(diff({ [name]: value })).toEqual({ [name]: "UPDATE" });
  });

  test("a computed property that the program no longer gives keeps its state", () => {
    expect(diff({})).toEqual({});
    expect(planned(databaseSchema, { ...created, isTemplate: true }, { name: "appdb" })["isTemplate"]).toBe(true);
  });

  test("what is ignored is no change", () => {
    expect(diff({ template: "other", owner: "other" }, ["template"])).toEqual({ owner: "UPDATE" });
  });

  test("an unknown value is a change, and a replacement where a change replaces", () => {
    expect(diff({ owner: unknown, template: unknown })).toEqual({ owner: "UPDATE", template: "UPDATE_REPLACE" });
  });

  test("zero values and absent ones are one: a read-back role has no change", () => {
    const state = { name: "a", statementTimeout: 0, assumeRole: "", roles: [], connectionLimit: -1, validUntil: "infinity", inherit: true, encryptedPassword: true };
    expect(changesOf(roleSchema, state, withDefaults(roleSchema, { name: "a" }, names()), [])).toEqual({});
  });

  test("memberships have no order, a search path has", () => {
    const state = { ...planned(roleSchema, {}, { name: "a" }), roles: ["x", "y"], searchPaths: ["x", "y"] };
    const inputs = (roles: string[], searchPaths: string[]) => withDefaults(roleSchema, { name: "a", roles, searchPaths }, names());
    expect(changesOf(roleSchema, state, inputs(["y", "x"], ["x", "y"]), [])).toEqual({});
    expect(changesOf(roleSchema, state, inputs(["y"], ["y", "x"]), [])).toEqual({
      ...{ "roles[0]": "DELETE", "searchPaths[0]": "UPDATE", "searchPaths[1]": "UPDATE" },
    });
  });

  test("a write-only password is no difference, its version is", () => {
    const state = planned(roleSchema, {}, { name: "a", passwordWoVersion: "1" });
    const plan = (version: string) => planned(roleSchema, state, { name: "a", passwordWo: "new", passwordWoVersion: version });
    expect(changedNames(roleSchema, state, plan("1"))).toEqual([]);
    expect(changedNames(roleSchema, state, plan("2"))).toEqual(["passwordWoVersion"]);
    expect(plan("2")).not.toHaveProperty("passwordWo");
  });

  test("a name that the program fixes makes a replacement delete first", () => {
    expect(nameIsFixed({ name: "a" }, { name: "a", __defaults: [] })).toBe(true);
    expect(nameIsFixed({ name: "a" }, { name: "a", __defaults: ["name"] })).toBe(false);
    expect(nameIsFixed({ name: "a" }, { name: "b", __defaults: [] })).toBe(false);
  });
});

describe("preview, refresh, import", () => {
  test("the preview of a create knows what is given and defaulted, nothing else", () => {
    const plan = stored(databaseSchema, "", planned(databaseSchema, {}, { name: "appdb", connectionLimit: -1, allowConnections: true }));
    expect(plan).toMatchObject({ id: unknown, name: "appdb", connectionLimit: -1, allowConnections: true, owner: unknown, encoding: unknown });
  });

  test("a refresh brings drift into the inputs that were there, and takes it out of the defaults", () => {
    const inputs = { name: "appdb", connectionLimit: -1, allowConnections: true, __defaults: ["allowConnections", "connectionLimit"] };
    expect(refreshedInputs(databaseSchema, inputs, { ...created, connectionLimit: 5 })).toEqual({
      ...{ name: "appdb", connectionLimit: 5, allowConnections: true, __defaults: ["allowConnections"] },
    });
  });

  test("an import has no defaults and no zero values among its inputs", () => {
    expect(importedInputs(databaseSchema, created)).toEqual({
      ...{ name: "appdb", owner: "app", template: "template0", encoding: "UTF8", lcCollate: "C", lcCtype: "C", tablespaceName: "pg_default" },
      __defaults: [],
    });
  });
});
