import { expect, test } from "@jest/globals";
import type { Client } from "./restFixture.ts";

/** filter → names of the projects that it leaves (references/api/tables_views.rst "Operators") */
const FILTERS: [string, string[]][] = [
  ["id=eq.1", ["alpha"]],
  ["id=neq.1", ["beta", "gamma", "delta, (x)"]],
  ["id=gt.3", ["delta, (x)"]],
  ["id=gte.3", ["gamma", "delta, (x)"]],
  ["id=lt.2", ["alpha"]],
  ["id=lte.2", ["alpha", "beta"]],
  ["name=like.*et*", ["beta"]],
  ["name=like.%25et%25", ["beta"]],
  ["name=ilike.ALPHA", ["alpha"]],
  ["name=match.^[ab]", ["alpha", "beta"]],
  ["name=imatch.^A", ["alpha"]],
  ["id=in.(1,3)", ["alpha", "gamma"]],
  ['name=in.("delta, (x)",beta)', ["beta", "delta, (x)"]],
  ["id=in.()", []],
  ["done=is.true", ["alpha", "delta, (x)"]],
  ["done=is.false", ["beta"]],
  ["done=is.null", ["gamma"]],
  ["done=is.not_null", ["alpha", "beta", "delta, (x)"]],
  ["done=not.is.null", ["alpha", "beta", "delta, (x)"]],
  ["done=is.unknown", ["gamma"]],
  ["client_id=isdistinct.1", ["gamma", "delta, (x)"]],
  ["tags=cs.{red}", ["alpha"]],
  ["tags=cd.{red,blue,green}", ["alpha", "beta", "delta, (x)"]],
  ["tags=ov.{green,blue}", ["alpha", "beta"]],
  ["during=ov.[4,6]", ["alpha", "beta"]],
  ["during=sl.[5,9)", ["alpha"]],
  ["during=sr.[5,9)", ["gamma"]],
  ["during=nxr.[1,9)", ["alpha", "beta"]],
  ["during=nxl.[5,9)", ["beta", "gamma"]],
  ["during=adj.[5,9)", ["alpha"]],
  ["note=fts.fox", ["alpha"]],
  ["note=fts(english).dog", ["beta"]],
  ["note=plfts.lazy dogs", ["beta"]],
  ["note=phfts.quick brown", ["alpha"]],
  ["note=wfts.fox or dogs", ["alpha", "beta"]],
  ["note=not.fts.fox", ["beta", "delta, (x)"]],
  ["name=eq(any).{alpha,gamma}", ["alpha", "gamma"]],
  ["name=like(all).{*a*,*l*}", ["alpha", "delta, (x)"]],
  ["data->>kind=eq.x", ["alpha", "delta, (x)"]],
  ["data->size->w=eq.2", ["beta"]],
  ["data->list->0=eq.10", ["alpha"]],
  ["data->>kind=in.(y,z)", ["beta"]],
  ["or=(id.eq.1,name.eq.beta)", ["alpha", "beta"]],
  ["and=(id.gt.1,or(name.eq.beta,client_id.is.null))", ["beta", "delta, (x)"]],
  ["not.or=(id.eq.1,id.eq.2)", ["gamma", "delta, (x)"]],
  ["or=(id.not.gt.1,not.and(id.gt.1,id.lt.4))", ["alpha", "delta, (x)"]],
  ['or=(name.eq."delta, (x)",tags.cs.{green})', ["beta", "delta, (x)"]],
  ["id=gt.1&id=lt.4", ["beta", "gamma"]],
];

const encode = (filter: string): string => filter.replace(/[ "{}[\]^]/g, (char) => encodeURIComponent(char));

function filterTests(ask: Client): void {
  test.each(FILTERS)("filter %s", async (filter, names) => {
    const { status, json } = await ask(`/contract_projects?select=name&order=id&${encode(filter)}`);
    expect([status, json]).toEqual([200, names.map((name) => ({ name }))]);
  });

  test("a value is read as its column's type, and what it cannot read is 22P02, 400", async () => {
    expect((await ask("/contract_projects?select=name&started=eq.2024-01-01")).json).toEqual([{ name: "alpha" }]);
    const bad = await ask("/contract_projects?id=eq.abc");
    expect([bad.status, bad.json]).toEqual([
      400, { code: "22P02", details: null, hint: null, message: 'invalid input syntax for type integer: "abc"' },
    ]);
  });

  test("20 kB of headers are taken", async () => {
    expect((await ask("/contract_clients", { headers: { "X-Contract": "x".repeat(20_000) } })).status).toBe(200);
  });

  test("an unknown operator is PGRST100, 400", async () => {
    const { status, json, headers } = await ask("/contract_projects?id=foo.1");
    expect(status).toBe(400);
    expect(json).toEqual({
      code: "PGRST100", details: 'unexpected "f" expecting "not" or operator (eq, gt, ...)', hint: null,
      message: '"failed to parse filter (foo.1)" (line 1, column 1)',
    });
    expect(headers.get("Proxy-Status")).toBe("PostgREST; error=PGRST100");
  });
}

function selectTests(ask: Client): void {
  test("columns, aliases, casts, JSON paths", async () => {
    const { json } = await ask("/contract_projects?select=name,n:id,budget::text,w:data->size->w,data->>kind,data->list->1&id=eq.1");
    expect(json).toEqual([{ name: "alpha", n: 1, budget: "10", w: 1, kind: "x", list: 20 }]);
  });

  test("no column by this name is Postgres's 42703, 400", async () => {
    const { status, json } = await ask("/contract_projects?select=nope");
    expect([status, json.code]).toEqual([400, "42703"]);
  });

  test("names that need quotes", async () => {
    const name = encodeURIComponent("\"a \\\"quoted\\\", name\"");
    await ask("/contract_odd", { body: { 'a "quoted", name': "v", select: "s", "'; drop table x; --": "d" } });
    const { status, json } = await ask(`/contract_odd?select=${name},"select"&${name}=eq.v`);
    expect([status, json]).toEqual([200, [{ 'a "quoted", name': "v", select: "s" }]]);
  });

  test("aggregates are off: PGRST123, 400", async () => {
    const { status, json } = await ask("/contract_projects?select=id.count()");
    expect([status, json.code, json.message]).toEqual([400, "PGRST123", "Use of aggregate functions is not allowed"]);
  });

  test("no such table is PGRST205, 404, with the nearest name as a hint", async () => {
    const { status, json } = await ask("/contract_project");
    expect([status, json]).toEqual([
      404,
      {
        code: "PGRST205", details: null, hint: "Perhaps you meant the table 'public.contract_projects'",
        message: "Could not find the table 'public.contract_project' in the schema cache",
      },
    ]);
  });

  test("a path that is no resource is PGRST125, 404", async () => {
    const { status, json } = await ask("/contract_projects/1");
    expect([status, json.code]).toEqual([404, "PGRST125"]);
  });
}

function windowTests(ask: Client): void {
  test.each([
    ["order=name.desc", ["gamma", "delta, (x)", "beta", "alpha"]],
    ["order=budget.asc.nullsfirst", ["gamma", "alpha", "beta", "delta, (x)"]],
    ["order=budget.desc.nullslast", ["delta, (x)", "beta", "alpha", "gamma"]],
    ["order=done.nullsfirst,id.desc", ["gamma", "beta", "delta, (x)", "alpha"]],
    ["order=data->>kind.desc.nullslast,id", ["beta", "alpha", "delta, (x)", "gamma"]],
    ["order=id&limit=2", ["alpha", "beta"]],
    ["order=id&limit=2&offset=1", ["beta", "gamma"]],
    ["order=id&offset=3", ["delta, (x)"]],
    ["order=id&limit=0", []],
  ])("%s", async (query, names) => {
    const { json } = await ask(`/contract_projects?select=name&${query}`);
    expect(json).toEqual(names.map((name) => ({ name })));
  });

  test("a wrong order is PGRST100", async () => {
    const { status, json } = await ask("/contract_projects?order=id.down");
    expect([status, json.code]).toEqual([400, "PGRST100"]);
  });

  test("Range: 200 without a count, 206 with one; HEAD has no body", async () => {
    const range = { Range: "1-2" };
    const plain = await ask("/contract_projects?select=id&order=id", { headers: range });
    expect([plain.status, plain.json, plain.headers.get("Content-Range")]).toEqual([200, [{ id: 2 }, { id: 3 }], "1-2/*"]);
    const counted = await ask("/contract_projects?select=id&order=id", { headers: range, prefer: "count=exact" });
    expect([counted.status, counted.headers.get("Content-Range")]).toEqual([206, "1-2/4"]);
    expect(counted.headers.get("Preference-Applied")).toBe("count=exact");
    const head = await ask("/contract_projects?select=id", { method: "HEAD", prefer: "count=exact" });
    expect([head.status, head.text, head.headers.get("Content-Range")]).toEqual([200, "", "0-3/4"]);
  });

  test("behind the end: 416 PGRST103 with a count, an empty list without", async () => {
    const { status, json, headers } = await ask("/contract_projects?offset=10", { prefer: "count=exact" });
    expect([status, headers.get("Content-Range")]).toEqual([416, "*/4"]);
    expect(json).toEqual({
      code: "PGRST103", details: "An offset of 10 was requested, but there are only 4 rows.", hint: null,
      message: "Requested range not satisfiable",
    });
    const plain = await ask("/contract_projects?offset=10");
    expect([plain.status, plain.json, plain.headers.get("Content-Range")]).toEqual([200, [], "*/*"]);
  });

  test("ranges that are none are 416", async () => {
    const negative = await ask("/contract_projects?limit=-1");
    expect([negative.status, negative.json.details]).toEqual([416, "Limit should be greater than or equal to zero."]);
    const reversed = await ask("/contract_projects", { headers: { Range: "5-1" } });
    expect([reversed.status, reversed.json.details]).toEqual([
      416, "The lower boundary must be lower than or equal to the upper boundary in the Range header.",
    ]);
  });

  test("count=planned and count=estimated give a number", async () => {
    for (const kind of ["planned", "estimated"]) {
      const { headers } = await ask("/contract_projects?limit=1", { prefer: `count=${kind}` });
      expect(headers.get("Content-Range")).toMatch(/^0-0\/\d+$/);
    }
  });
}

function representationTests(ask: Client): void {
  const object = { Accept: "application/vnd.pgrst.object+json" };

  test("one object instead of a list; not exactly one row is PGRST116, 406", async () => {
    const one = await ask("/contract_clients?id=eq.1", { headers: object });
    expect([one.status, one.json]).toEqual([200, { id: 1, name: "Acme" }]);
    expect(one.headers.get("Content-Type")).toBe("application/vnd.pgrst.object+json; charset=utf-8");
    for (const [filter, rows] of [["id=gt.0", 2], ["id=eq.9", 0]] as const) {
      const { status, json } = await ask(`/contract_clients?${filter}`, { headers: object });
      expect([status, json]).toEqual([
        406,
        { code: "PGRST116", details: `The result contains ${rows} rows`, hint: null, message: "Cannot coerce the result to a single JSON object" },
      ]);
    }
  });

  test("nulls=stripped", async () => {
    const headers = { Accept: "application/vnd.pgrst.array+json;nulls=stripped" };
    const { json } = await ask("/contract_projects?select=id,started&id=in.(1,3)&order=id", { headers });
    expect(json).toEqual([{ id: 1, started: "2024-01-01" }, { id: 3 }]);
  });

  test("CSV", async () => {
    const { text, headers } = await ask("/contract_projects?select=id,name,started&order=id&id=gte.3", { headers: { Accept: "text/csv" } });
    expect(text).toBe('id,name,started\n3,gamma,\n4,"delta, (x)",2024-04-01');
    expect(headers.get("Content-Type")).toBe("text/csv; charset=utf-8");
  });

  test("a type that cannot be made is PGRST107, 406", async () => {
    const { status, json } = await ask("/contract_clients", { headers: { Accept: "text/unknown" } });
    expect([status, json.code, json.message]).toEqual([406, "PGRST107", "None of these media types are available: text/unknown"]);
  });

  test("headers of an answer", async () => {
    const { headers } = await ask("/contract_clients?select=name&id=eq.1");
    expect(headers.get("Content-Type")).toBe("application/json; charset=utf-8");
    expect(headers.get("Content-Location")).toBe("/contract_clients?id=eq.1&select=name");
    expect(headers.get("Server")).toMatch(/^postgrest\/14/);
  });

  test("handling=strict refuses an unknown preference: PGRST122, 400", async () => {
    const { status, json } = await ask("/contract_clients", { prefer: "handling=strict, wild=true" });
    expect([status, json.code, json.details]).toEqual([400, "PGRST122", "Invalid preferences: wild=true"]);
  });
}

export function readContract(ask: Client): void {
  filterTests(ask);
  selectTests(ask);
  windowTests(ask);
  representationTests(ask);
}
