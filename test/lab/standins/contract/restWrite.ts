// references/api/tables_views.rst "Insert", "Update", "Upsert", "Delete"; references/api/preferences.rst
import { expect, test } from "@jest/globals";
import type { Client, RestTarget } from "./restFixture.ts";

const FULL = "return=representation";

function insertTests(ask: Client): void {
  test("minimal by default: 201 without a body", async () => {
    const { status, text, headers } = await ask("/contract_clients", { body: { name: "New" } });
    expect([status, text, headers.get("Content-Range"), headers.get("Location")]).toEqual([201, "", "*/*", null]);
    expect((await ask("/contract_clients?select=name&name=eq.New")).json).toEqual([{ name: "New" }]);
  });

  test("return=representation gives the rows with select= and embedding", async () => {
    const { status, json, headers } = await ask("/contract_projects?select=name,budget,contract_clients!client_id(name)", {
      body: { name: "new", client_id: 2 }, prefer: FULL,
    });
    expect([status, json]).toEqual([201, [{ name: "new", budget: 100.5, contract_clients: { name: "Bolt" } }]]);
    expect(headers.get("Preference-Applied")).toBe(FULL);
  });

  test("return=headers-only gives the place", async () => {
    const { status, text, headers } = await ask("/contract_clients", { body: { id: 50, name: "New" }, prefer: "return=headers-only" });
    expect([status, text, headers.get("Location")]).toEqual([201, "", "/contract_clients?id=eq.50"]);
  });

  test("many at once, counted", async () => {
    const { status, headers } = await ask("/contract_clients", { body: [{ name: "a" }, { name: "b" }], prefer: "count=exact" });
    expect([status, headers.get("Content-Range")]).toEqual([201, "*/2"]);
    const none = await ask("/contract_clients", { body: [], prefer: FULL });
    expect([none.status, none.json]).toEqual([201, []]);
  });

  test("objects with different keys are PGRST102; with columns= the listed ones count, missing ones as null or default", async () => {
    const body = [{ name: "a", budget: 1 }, { name: "b" }];
    const bad = await ask("/contract_projects", { body });
    expect([bad.status, bad.json.code, bad.json.message]).toEqual([400, "PGRST102", "All object keys must match"]);
    const path = "/contract_projects?columns=name,budget&select=name,budget";
    expect((await ask(path, { body, prefer: FULL })).json).toEqual([{ name: "a", budget: 1 }, { name: "b", budget: null }]);
    const defaults = await ask(path, { body, prefer: `${FULL}, missing=default` });
    expect(defaults.json).toEqual([{ name: "a", budget: 1 }, { name: "b", budget: 100.5 }]);
    expect(defaults.headers.get("Preference-Applied")).toBe("missing=default, return=representation");
  });

  test("no JSON is PGRST102; an unknown column is PGRST204", async () => {
    const bad = await ask("/contract_clients", { method: "POST", body: "{", headers: { "Content-Type": "application/json" } });
    expect([bad.status, bad.json.code, bad.json.message]).toEqual([400, "PGRST102", "Empty or invalid json"]);
    const unknown = await ask("/contract_clients", { body: { nope: 1 } });
    expect([unknown.status, unknown.json]).toEqual([
      400, { code: "PGRST204", details: null, hint: null, message: "Could not find the 'nope' column of 'contract_clients' in the schema cache" },
    ]);
  });

  test("CSV and forms", async () => {
    const csv = await ask("/contract_projects?select=name,budget,note", {
      method: "POST", body: 'name,budget,note\n"c,1",5,NULL\nc2,6,"say ""hi"""', headers: { "Content-Type": "text/csv" }, prefer: FULL,
    });
    expect([csv.status, csv.json]).toEqual([201, [{ name: "c,1", budget: 5, note: null }, { name: "c2", budget: 6, note: 'say "hi"' }]]);
    const form = await ask("/contract_clients?select=name", {
      method: "POST", body: "name=from+form", headers: { "Content-Type": "application/x-www-form-urlencoded" }, prefer: FULL,
    });
    expect(form.json).toEqual([{ name: "from form" }]);
  });

  test("types of JSON: arrays, ranges, documents, big numbers", async () => {
    const body = { name: "typed", tags: ["x", 'y"z'], during: "[1,3)", data: { a: [1, null] }, budget: "12345678901234567890.123" };
    const { text } = await ask("/contract_projects?select=tags,during,data,budget", { body, prefer: FULL });
    expect(text).toBe('[{"tags":["x","y\\"z"],"during":"[1,3)","data":{"a": [1, null]},"budget":12345678901234567890.123}]');
  });
}

function conflictTests(ask: Client): void {
  test("23505 and 23503 are 409", async () => {
    const unique = await ask("/contract_clients", { body: { name: "Acme" } });
    expect([unique.status, unique.json]).toEqual([
      409,
      {
        code: "23505", details: "Key (name)=(Acme) already exists.", hint: null,
        message: 'duplicate key value violates unique constraint "contract_clients_name_key"',
      },
    ]);
    const foreign = await ask("/contract_projects", { body: { name: "x", client_id: 99 } });
    expect([foreign.status, foreign.json.code]).toEqual([409, "23503"]);
  });

  test("merge-duplicates: 201 when a row is new, 200 when all were there", async () => {
    const mixed = await ask("/contract_clients", { body: [{ id: 1, name: "A2" }, { id: 9, name: "N" }], prefer: `${FULL}, resolution=merge-duplicates` });
    expect([mixed.status, mixed.json]).toEqual([201, [{ id: 1, name: "A2" }, { id: 9, name: "N" }]]);
    expect(mixed.headers.get("Preference-Applied")).toBe("resolution=merge-duplicates, return=representation");
    const merged = await ask("/contract_clients", { body: { id: 1, name: "A3" }, prefer: `${FULL}, resolution=merge-duplicates` });
    expect([merged.status, merged.json]).toEqual([200, [{ id: 1, name: "A3" }]]);
  });

  test("ignore-duplicates, and on_conflict on another key", async () => {
    const ignored = await ask("/contract_clients", { body: [{ id: 1, name: "A2" }, { id: 9, name: "N" }], prefer: `${FULL}, resolution=ignore-duplicates` });
    expect([ignored.status, ignored.json]).toEqual([201, [{ id: 9, name: "N" }]]);
    const byName = await ask("/contract_clients?on_conflict=name", { body: { name: "Bolt" }, prefer: `${FULL}, resolution=merge-duplicates` });
    expect([byName.status, byName.json]).toEqual([200, [{ id: 2, name: "Bolt" }]]);
  });

  test("PUT: 201 new, 200 replaced; only with the whole key, and one that fits", async () => {
    const put = (query: string, body: unknown): ReturnType<Client> => ask(`/contract_clients?${query}`, { method: "PUT", body, prefer: FULL });
    expect((await put("id=eq.30", { id: 30, name: "P" })).status).toBe(201);
    const replaced = await put("id=eq.30", { id: 30, name: "Q" });
    expect([replaced.status, replaced.json]).toEqual([200, [{ id: 30, name: "Q" }]]);
    const other = await put("id=eq.30", { id: 31, name: "R" });
    expect([other.status, other.json.code]).toEqual([400, "PGRST115"]);
    const noKey = await put("name=eq.Q", { id: 30, name: "Q" });
    expect([noKey.status, noKey.json.code]).toEqual([405, "PGRST105"]);
    const limited = await put("id=eq.30&limit=1", { id: 30, name: "Q" });
    expect([limited.status, limited.json.code]).toEqual([400, "PGRST114"]);
  });
}

function updateTests(ask: Client): void {
  test("PATCH: 204, or 200 with the rows", async () => {
    const minimal = await ask("/contract_projects?id=eq.1", { method: "PATCH", body: { note: "n" }, prefer: "count=exact" });
    expect([minimal.status, minimal.text, minimal.headers.get("Content-Range")]).toEqual([204, "", "0-0/1"]);
    const full = await ask("/contract_projects?id=in.(1,2)&select=id,note&order=id", { method: "PATCH", body: { note: null }, prefer: FULL });
    expect([full.status, full.json, full.headers.get("Content-Range")]).toEqual([200, [{ id: 1, note: null }, { id: 2, note: null }], "0-1/*"]);
    const none = await ask("/contract_projects?id=eq.99", { method: "PATCH", body: { note: "n" }, prefer: FULL });
    expect([none.status, none.json, none.headers.get("Content-Range")]).toEqual([200, [], "*/*"]);
    const empty = await ask("/contract_projects?id=eq.1&select=id", { method: "PATCH", body: {}, prefer: FULL });
    expect([empty.status, empty.json]).toEqual([200, []]);
  });

  test("one object that is not exactly one is PGRST116, and nothing is changed", async () => {
    const headers = { Accept: "application/vnd.pgrst.object+json" };
    const patched = await ask("/contract_projects?id=gt.0", { method: "PATCH", body: { note: "all" }, prefer: FULL, headers });
    expect([patched.status, patched.json.code]).toEqual([406, "PGRST116"]);
    expect((await ask("/contract_projects?note=eq.all")).json).toEqual([]);
    const deleted = await ask("/contract_projects?id=gt.0", { method: "DELETE", prefer: FULL, headers });
    expect([deleted.status, deleted.json.details]).toEqual([406, "The result contains 4 rows"]);
    expect((await ask("/contract_projects?select=id")).json).toHaveLength(4);
  });

  test("DELETE: 204, or 200 with the rows", async () => {
    const full = await ask("/contract_projects?id=eq.4&select=id", { method: "DELETE", prefer: `${FULL}, count=exact` });
    expect([full.status, full.json, full.headers.get("Content-Range")]).toEqual([200, [{ id: 4 }], "*/1"]);
    const minimal = await ask("/contract_projects?id=eq.3", { method: "DELETE" });
    expect([minimal.status, minimal.text, minimal.headers.get("Content-Range")]).toEqual([204, "", "*/*"]);
    expect((await ask("/contract_projects?select=id&order=id")).json).toEqual([{ id: 1 }, { id: 2 }]);
  });

  test("max-affected with handling=strict is PGRST124 and changes nothing", async () => {
    const { status, json } = await ask("/contract_projects?id=gt.0", { method: "DELETE", prefer: "handling=strict, max-affected=2" });
    expect([status, json]).toEqual([
      400, { code: "PGRST124", details: "The query affects 4 rows", hint: null, message: "Query result exceeds max-affected preference constraint" },
    ]);
    expect((await ask("/contract_projects?select=id")).json).toHaveLength(4);
  });

  test("tx=rollback is passed over unless it is allowed", async () => {
    const { status, headers } = await ask("/contract_clients", { body: { name: "kept" }, prefer: "tx=rollback" });
    expect([status, headers.get("Preference-Applied")]).toEqual([201, null]);
    expect((await ask("/contract_clients?name=eq.kept&select=name")).json).toEqual([{ name: "kept" }]);
  });
}

function safetyTests(ask: Client, target: RestTarget): void {
  test("text that looks like SQL stays a value", async () => {
    const name = "x'); drop table public.contract_members; --\\ \" $1 {}";
    const { json } = await ask("/contract_clients?select=name", { body: { name }, prefer: FULL });
    expect(json).toEqual([{ name }]);
    const quoted = encodeURIComponent(`"${name.replace(/[\\"]/g, "\\$&")}"`);
    for (const filter of [`name=eq.${encodeURIComponent(name)}`, `name=in.(${quoted})`, `or=(name.eq.${quoted})`]) {
      expect((await ask(`/contract_clients?select=name&${filter}`)).json).toEqual([{ name }]);
    }
    expect(await target.sql("select to_regclass('public.contract_members') is not null as there")).toEqual([{ there: true }]);
  });
}

export function writeContract(ask: Client, target: RestTarget): void {
  insertTests(ask);
  conflictTests(ask);
  updateTests(ask);
  safetyTests(ask, target);
}
