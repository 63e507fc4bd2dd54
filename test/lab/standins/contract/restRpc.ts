// references/api/functions.rst; references/errors.rst
import { expect, test } from "@jest/globals";
import type { Client, RestTarget } from "./restFixture.ts";

function argumentTests(ask: Client): void {
  test("arguments by name, with defaults, by POST and by GET", async () => {
    expect((await ask("/rpc/contract_add", { body: { a: 1, b: 2 } })).json).toBe(3);
    expect((await ask("/rpc/contract_add", { body: { a: 1 } })).json).toBe(11);
    const get = await ask("/rpc/contract_add?a=5&b=6");
    expect([get.status, get.json, get.headers.get("Content-Type")]).toEqual([200, 11, "application/json; charset=utf-8"]);
    const form = await ask("/rpc/contract_add", { method: "POST", body: "a=1&b=4", headers: { "Content-Type": "application/x-www-form-urlencoded" } });
    expect(form.json).toBe(5);
  });

  test("one argument without a name takes the body", async () => {
    expect((await ask("/rpc/contract_json", { body: { any: ["thing"] } })).json).toEqual({ any: ["thing"] });
    const text = await ask("/rpc/contract_text", { method: "POST", body: "shout", headers: { "Content-Type": "text/plain" } });
    expect(text.json).toBe("SHOUT");
  });

  test("VARIADIC by repetition and as a list", async () => {
    expect((await ask("/rpc/contract_sum?n=1&n=2&n=3")).json).toBe(6);
    expect((await ask("/rpc/contract_sum", { body: { n: [4, 5] } })).json).toBe(9);
  });

  test("overloaded functions go by the arguments' names", async () => {
    expect((await ask("/rpc/contract_over?a=1")).json).toBe("int");
    expect((await ask("/rpc/contract_over?b=1")).json).toBe("text");
  });

  test("no such function is PGRST202, 404", async () => {
    const { status, json } = await ask("/rpc/contract_ad", { body: { a: 1, b: 2 } });
    expect([status, json]).toEqual([
      404,
      {
        code: "PGRST202",
        details:
          "Searched for the function public.contract_ad with parameters a, b or with a single unnamed json/jsonb parameter, " +
          "but no matches were found in the schema cache.",
        hint: "Perhaps you meant to call the function public.contract_add",
        message: "Could not find the function public.contract_ad(a, b) in the schema cache",
      },
    ]);
    const wrong = await ask("/rpc/contract_add?c=1");
    expect([wrong.status, wrong.json.message, wrong.json.details]).toEqual([
      404, "Could not find the function public.contract_add(c) in the schema cache",
      "Searched for the function public.contract_add with parameter c, but no matches were found in the schema cache.",
    ]);
    const none = await ask("/rpc/contract_nothing", { body: {} });
    expect(none.json.message).toBe("Could not find the function public.contract_nothing without parameters in the schema cache");
  });
}

function resultTests(ask: Client): void {
  test("rows of a table: filters, select, embedding, order, window, one object", async () => {
    const { json } = await ask("/rpc/contract_find?part=a&select=name,contract_clients!client_id(name)&id=lt.3&order=id.desc");
    expect(json).toEqual([
      { name: "beta", contract_clients: { name: "Acme" } }, { name: "alpha", contract_clients: { name: "Acme" } },
    ]);
    const post = await ask("/rpc/contract_find?select=id&order=id&limit=2", { body: { part: "" }, prefer: "count=exact" });
    expect([post.status, post.json, post.headers.get("Content-Range")]).toEqual([206, [{ id: 1 }, { id: 2 }], "0-1/4"]);
    const one = await ask("/rpc/contract_find?part=alpha&select=name", { headers: { Accept: "application/vnd.pgrst.object+json" } });
    expect(one.json).toEqual({ name: "alpha" });
  });

  test("TABLE, OUT, sets of scalars, void", async () => {
    expect((await ask("/rpc/contract_pair?x=gt.1")).json).toEqual([{ x: 2, y: "b" }]);
    expect((await ask("/rpc/contract_out")).json).toEqual({ x: 7, y: "z" });
    expect((await ask("/rpc/contract_numbers")).json).toEqual([1, 2, 3]);
    const nothing = await ask("/rpc/contract_touch", { body: {} });
    expect([nothing.status, nothing.text]).toEqual([204, ""]);
    expect((await ask("/contract_clients?name=eq.touched&select=name")).json).toEqual([{ name: "touched" }]);
  });

  test("GET of what writes is Postgres's 25006, 405; other methods are PGRST101", async () => {
    const get = await ask("/rpc/contract_touch");
    expect([get.status, get.json.code, get.json.message]).toEqual([405, "25006", "cannot execute INSERT in a read-only transaction"]);
    const patch = await ask("/rpc/contract_touch", { method: "PATCH", body: {} });
    expect([patch.status, patch.json.code, patch.json.message]).toEqual([405, "PGRST101", "Cannot use the PATCH method on RPC"]);
  });

  test("status and headers of the function's own", async () => {
    const { status, json, headers } = await ask("/rpc/contract_response", { body: {} });
    expect([status, json, headers.get("X-Contract")]).toEqual([418, "tea", "yes"]);
  });
}

function errorTests(ask: Client): void {
  const raise = (code: string, message: string, more: Record<string, string> = {}): ReturnType<Client> =>
    ask("/rpc/contract_raise", { body: { code, message, ...more } });

  test.each([
    ["P0001", 400], ["23505", 409], ["23503", 409], ["42P01", 404], ["42883", 404], ["22023", 400], ["28000", 403], ["53300", 503],
    ["54000", 500], ["57014", 500], ["40001", 500], ["42P17", 500], ["P0002", 500], ["XX000", 500], ["08006", 503], ["21000", 500],
    ["22P02", 400], ["23514", 400], ["PT402", 402],
  ])("SQLSTATE %s is %i", async (code, status) => {
    const answer = await raise(code, "message", { detail: "detail", hint: "hint" });
    expect([answer.status, answer.json]).toEqual([status, { code, details: "detail", hint: "hint", message: "message" }]);
    expect(answer.headers.get("Proxy-Status")).toBe(`PostgREST; error=${code}`);
  });

  test("RAISE SQLSTATE 'PGRST' writes the whole response", async () => {
    const { status, json, headers } = await raise("PGRST", '{"code":"123","message":"own","details":"d","hint":"h"}', {
      detail: '{"status":332,"headers":{"X-Powered-By":"Nerd Rage"}}',
    });
    expect([status, json, headers.get("X-Powered-By")]).toEqual([332, { code: "123", details: "d", hint: "h", message: "own" }, "Nerd Rage"]);
    const bad = await raise("PGRST", "no json", { detail: "{}" });
    expect([bad.status, bad.json.code]).toEqual([500, "PGRST121"]);
  });
}

function settingTests(ask: Client, target: RestTarget): void {
  test("role, claims, method, path and headers are settings of the transaction", async () => {
    const { json } = await ask("/rpc/contract_settings", { headers: { "X-Contract": "of this request" } });
    expect(json).toMatchObject({ method: "GET", path: "/rpc/contract_settings", header: "of this request", read_only: "on" });
    expect(json.claims.role).toBe(json.role);
    expect(json.search_path).toMatch(/^"public"/);
    const service = await ask("/rpc/contract_settings", { method: "POST", body: {}, token: target.serviceRoleKey });
    expect(service.json).toMatchObject({ role: "service_role", method: "POST", header: null });
  });
}

export function rpcContract(ask: Client, target: RestTarget): void {
  argumentTests(ask);
  resultTests(ask);
  errorTests(ask);
  settingTests(ask, target);
}
