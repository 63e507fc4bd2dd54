import { describe, expect, test } from "@jest/globals";
import { decrypt, encrypt } from "../../../lab/standins/realtime/crypto.ts";
import { PgOutput } from "../../../lab/standins/realtime/database/pgOutput.ts";
import { parseParams } from "../../../lab/standins/realtime/postgresChanges/params.ts";
import { changesOfTopic, idOf, readJoin } from "../../../lab/standins/realtime/socket/joinPayload.ts";
import { serializerFor } from "../../../lab/standins/realtime/socket/serializer.ts";

const keys = { key: "supabaserealtime", gcmKey: "k".repeat(32), writeGcm: false };

describe("secrets of the metadata database", () => {
  test("AES-128-ECB as openssl has it", () => {
    // printf postgres | openssl enc -aes-128-ecb -K "$(printf supabaserealtime | od -An -tx1 | tr -d ' ')" -a
    expect(encrypt(keys, "postgres")).toBe("sWBpZNdjggEPTQVlI52Zfw==");
    expect(decrypt(keys, encrypt(keys, "exactly sixteen!"))).toBe("exactly sixteen!");
  });

  test("AES-256-GCM is another text each time, tells its kind and notices a change", () => {
    const gcm = { ...keys, writeGcm: true };
    const [one, two] = [encrypt(gcm, "é"), encrypt(gcm, "é")];
    expect(one).toMatch(/^g1:/);
    expect(one).not.toBe(two);
    expect([decrypt(keys, one), decrypt(keys, two)]).toEqual(["é", "é"]);
    const bytes = Buffer.from(one.slice(3), "base64");
    bytes[bytes.length - 1]! ^= 1;
    expect(() => decrypt(keys, `g1:${bytes.toString("base64")}`)).toThrow();
  });
});

describe("what a client listens to", () => {
  const filters = (filter: string) => parseParams({ schema: "public", table: "t", filter }).filters.map(({ column, op, value, negate }) => [column, op, value, negate]);

  test.each([
    ["subject=eq.hey", [["subject", "eq", "hey", false]]],
    ["subject=in.(hidee,ho)", [["subject", "in", "{hidee,ho}", false]]],
    ["subject=not.like.hey%", [["subject", "like", "hey%", true]]],
    ["id=gt.0, id=lt.100", [["id", "gt", "0", false], ["id", "lt", "100", false]]],
    ['a=eq."x, y",b=in.("p,q",r)', [["a", "eq", "x, y", false], ["b", "in", '{"p,q",r}', false]]],
    ["a=eq.say \"x\",b=eq.2", [["a", "eq", 'say "x"', false], ["b", "eq", "2", false]]],
    ['a=eq."x\\"y"', [["a", "eq", 'x"y', false]]],
    ["  ", []],
  ])("%s", (filter, expected) => expect(filters(filter)).toEqual(expected));

  test.each([
    ["subject=foo.hey", 'Error parsing `filter` params: ["foo", "hey"]'],
    ["undefined", 'Error parsing `filter` params: ["undefined"]'],
    ["a=eq.1,,b=eq.2", "Error parsing `filter` params: filter must not contain empty segments (check for extra commas)"],
    ["a=in.1", "Error parsing `filter` params: `in` filter value must be wrapped by parentheses"],
  ])("%s is refused", (filter, message) => expect(() => filters(filter)).toThrow(message));

  test("tables by schema, by name, by neither", () => {
    expect(parseParams({ event: "insert", schema: "s" })).toEqual({ action: "INSERT", schema: "s", table: "*", filters: [], selectedColumns: null });
    expect(parseParams({ table: "t", select: ["a", 1] })).toEqual({ action: "*", schema: "public", table: "t", filters: [], selectedColumns: ["a"] });
    expect(() => parseParams({})).toThrow("No subscription params provided. Please provide at least a `schema` or `table` to subscribe to: %{}");
    expect(() => parseParams({ user_token: "secret" })).toThrow("to subscribe to: <redacted>");
    expect(() => parseParams({ schema: "s", select: ["a"] })).toThrow("Column selection is not supported for wildcard subscriptions");
    expect(() => parseParams({ schema: "s", table: "t", select: "a" })).toThrow("Error parsing `select` params");
  });

  test("an old client's topic names the table; equal parameters have one id", () => {
    expect(changesOfTopic("public:notes:id=eq.1")).toEqual({ schema: "public", table: "notes", filter: "id=eq.1" });
    expect(idOf({ schema: "a", table: "b" })).toBe(idOf({ table: "b", schema: "a" }));
    expect(idOf({ schema: "a" })).not.toBe(idOf({ schema: "b" }));
  });

  test("what a join can not mean counts as not said", () => {
    expect(readJoin({ config: { private: "TRUE", broadcast: { self: 1, ack: "true" }, presence: { enabled: true, key: "k" } } })).toMatchObject({
      isPrivate: true, selfBroadcast: false, ackBroadcast: true, presenceEnabled: true, presenceKey: "k", postgresChanges: [],
    });
    expect(readJoin({})).toMatchObject({ isPrivate: false, postgresChanges: undefined });
    expect(readJoin({ config: { presence: { key: "" } } }).presenceKey).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe("messages", () => {
  test.each(["", "x", '{"a":1}', "[1,2]", '["1","2","t"]'])("%j is none", (text) => {
    for (const vsn of [null, "1.0.0", "2.0.0"]) expect(() => serializerFor(vsn)!.decode(Buffer.from(text), false)).toThrow();
  });

  test("a binary one that ends early is none, and no other version is known", () => {
    expect(() => serializerFor("2.0.0")!.decode(Buffer.from([3, 1, 1, 9, 1, 0, 1, 65]), true)).toThrow("message is too short");
    expect(["1.1.0", "2.1.0", "3.0.0", "x"].map(serializerFor)).toEqual([undefined, undefined, undefined, undefined]);
  });

  test("an Insert of pgoutput is read by its Relation, NULL and bytes too", () => {
    const text = (value: string) => Buffer.from(`${value}\0`);
    const column = (name: string) => Buffer.concat([Buffer.from([0]), text(name), Buffer.alloc(8)]);
    const relation = Buffer.concat([Buffer.from("R\0\0\0\x07"), text("realtime"), text("messages"), Buffer.from("d\0\x02"), column("topic"), column("payload")]);
    const insert = Buffer.concat([Buffer.from("I\0\0\0\x07N\0\x02t\0\0\0\x03"), Buffer.from("é!"), Buffer.from("n")]);
    const decoder = new PgOutput();
    expect(decoder.read(insert)).toBeUndefined();
    expect(decoder.read(relation)).toBeUndefined();
    expect(decoder.read(insert)).toEqual({ topic: "é!", payload: null });
  });
});
