// The pure parts of the stand-in for PostgREST: configuration, parsers, statuses. What they do together, the contract shows.
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { PASSED_OVER, readConfig, unknownVariables } from "../../../lab/standins/rest/config.ts";
import { RestError } from "../../../lab/standins/rest/errors.ts";
import { parseRoleClaimKey, walkJsPath } from "../../../lab/standins/rest/jsPath.ts";
import { contentType, parseAccept } from "../../../lab/standins/rest/mediaTypes.ts";
import { pgErrorStatus } from "../../../lab/standins/rest/pgErrors.ts";
import { parsePreferences } from "../../../lab/standins/rest/preferences.ts";
import { parseQueryParams } from "../../../lab/standins/rest/queryParams.ts";
import { contentRange, rangeStatus, topLevelWindow } from "../../../lab/standins/rest/range.ts";
import { parseSelect } from "../../../lab/standins/rest/select.ts";
import { targetEntries } from "../../../lab/standins/rest/views.ts";

describe("configuration", () => {
  test("defaults are upstream's", () => {
    expect(readConfig({})).toMatchObject({
      dbSchemas: ["public"], dbExtraSearchPath: ["public"], dbPool: 10, dbPoolAcquisitionTimeout: 10, dbPoolMaxIdletime: 30,
      dbChannel: "pgrst", dbChannelEnabled: true, dbUri: "postgresql://", serverPort: 3000, serverHost: "!4", adminServerPort: undefined,
      logLevel: "error", jwtKeys: undefined, dbAnonRole: undefined, dbMaxRows: undefined, dbTxAllowOverride: false, dbTxRollbackAll: false,
    });
  });

  test("lists, booleans, numbers, aliases, an emptied search path", () => {
    const config = readConfig({
      PGRST_DB_SCHEMAS: "a, b", PGRST_DB_CHANNEL_ENABLED: "False", PGRST_DB_AGGREGATES_ENABLED: "1", PGRST_MAX_ROWS: "7",
      PGRST_DB_POOL: "many", PGRST_DB_EXTRA_SEARCH_PATH: "", PGRST_SERVER_HOST: "h", PGRST_APP_SETTINGS_X: "y",
    });
    expect(config).toMatchObject({
      dbSchemas: ["a", "b"], dbChannelEnabled: false, dbAggregatesEnabled: true, dbMaxRows: 7, dbPool: 10, dbExtraSearchPath: [],
      adminServerHost: "h", appSettings: [["app.settings.X", "y"]],
    });
  });

  test.each<[Record<string, string>, string]>([
    [{ PGRST_JWT_SECRET: "short" }, "The JWT secret must be at least 32 characters long."],
    [{ PGRST_JWT_SECRET: '{"keys": "none"}' }, "The JWT secret must be at least 32 characters long."],
    [{ PGRST_ADMIN_SERVER_PORT: "3000" }, "admin-server-port cannot be the same as server-port"],
    [{ PGRST_LOG_LEVEL: "loud" }, "Invalid logging level. Check your configuration."],
    [{ PGRST_DB_TX_END: "maybe" }, "Invalid transaction termination. Check your configuration."],
    [{ PGRST_OPENAPI_MODE: "x" }, "Invalid openapi-mode. Check your configuration."],
    [{ PGRST_JWT_AUD: "not a:uri" }, "jwt-aud should be a string or a valid URI"],
    [{ PGRST_DB_URI: "host=x" }, "PGRST_DB_URI: lab-rest knows only URIs"],
    [{ PGRST_SERVER_UNIX_SOCKET: "/x" }, "PGRST_SERVER_UNIX_SOCKET: lab-rest, the lab's stand-in for PostgREST, does not implement it"],
  ])("%j is refused", (env, message) => {
    expect(() => readConfig(env)).toThrow(message);
  });

  test("variables that upstream does not know", () => {
    const env = { PGRST_NOPE: "1", PGRST_DB_URI: "", PGRST_APP_SETTINGS_Y: "", [`PGRST_${PASSED_OVER[0]}`]: "", OTHER: "" };
    expect(unknownVariables(env)).toEqual(["PGRST_NOPE"]);
  });

  test("the path to the role", () => {
    const claims = { role: "r", "https://x/y": { roles: ["a", "b"] } };
    expect(walkJsPath(claims, parseRoleClaimKey(".role"))).toBe("r");
    expect(walkJsPath(claims, parseRoleClaimKey('."https://x/y".roles[1]'))).toBe("b");
    expect(walkJsPath(claims, parseRoleClaimKey(".constructor.name"))).toBeUndefined();
    expect(() => parseRoleClaimKey("role")).toThrow("failed to parse role-claim-key value (role)");
  });
});

describe("the query string", () => {
  test("no text at all makes it fail but as a bad request", () => {
    const special = fc.string({ unit: fc.constantFrom("a", ".", ",", "(", ")", ":", "!", "-", ">", '"', "*", "&", "=", "%", "{", "}", "not", "eq", "or", "select", "order") });
    fc.assert(
      fc.property(fc.oneof(special, fc.string({ unit: "grapheme" })), fc.boolean(), (query, isRpc) => {
        try {
          parseQueryParams(query, isRpc);
        } catch (error) {
          expect(error).toBeInstanceOf(RestError);
          expect((error as RestError).status).toBe(400);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ["id,clients(name[])", "PGRST100"], ["id,,name", "PGRST100"], ["name::", "PGRST100"], ["name!hint", "PGRST100"], ["rel->x(*)", "PGRST100"], ["a(b", "PGRST100"],
  ])("select=%s is %s", (select, code) => {
    expect(() => parseSelect(select)).toThrow(expect.objectContaining({ code }));
  });

  test("select with everything", () => {
    expect(parseSelect('n:name->>x::text, "a,b",alias:rel!inner!hint(*,...deep!left(id)),count(),total:price.sum()::int')).toEqual([
      { kind: "field", field: { name: "name", path: [{ arrow: "->>", key: "x" }] }, alias: "n", cast: "text", aggregate: undefined, aggregateCast: undefined },
      { kind: "field", field: { name: "a,b", path: [] }, alias: undefined, cast: undefined, aggregate: undefined, aggregateCast: undefined },
      {
        kind: "relation", relation: "rel", alias: "alias", hint: "hint", join: "inner",
        select: [
          { kind: "field", field: { name: "*", path: [] }, alias: undefined, cast: undefined, aggregate: undefined, aggregateCast: undefined },
          {
            kind: "spread", relation: "deep", alias: undefined, hint: undefined, join: "left",
            select: [{ kind: "field", field: { name: "id", path: [] }, alias: undefined, cast: undefined, aggregate: undefined, aggregateCast: undefined }],
          },
        ],
      },
      { kind: "field", field: { name: "*", path: [] }, alias: undefined, cast: undefined, aggregate: "count", aggregateCast: undefined },
      { kind: "field", field: { name: "price", path: [] }, alias: "total", cast: undefined, aggregate: "sum", aggregateCast: "int" },
    ]);
  });

  test("arguments and filters of a call by GET", () => {
    const { rpcParams, filters } = parseQueryParams("a=1&b=eq.2&c=eq", true);
    expect(rpcParams).toEqual([["a", "1"], ["c", "eq"]]);
    expect(filters.map(({ filter }) => filter.field.name)).toEqual(["b"]);
  });

  test("the canonical form is sorted", () => {
    expect(parseQueryParams("b=eq.2&a=eq.x+y&select=*", false).canonical).toBe("a=eq.x%20y&b=eq.2&select=%2A");
  });
});

describe("ranges", () => {
  test.each([
    [0, 9, undefined, 200, "0-9/*"], [0, 9, 20, 206, "0-9/20"], [0, 19, 20, 200, "0-19/20"], [30, 29, 20, 416, "*/20"], [20, 19, 20, 206, "*/20"],
    [0, -1, 0, 200, "*/0"],
  ])("%i to %i of %s is %i, %s", (lower, upper, total, status, header) => {
    expect([rangeStatus(lower, upper, total), contentRange(lower, upper, total)]).toEqual([status, header]);
  });

  test("the header counts for GET alone and together with limit and offset", () => {
    const none = { offset: 0, limit: undefined };
    expect(topLevelWindow("GET", "5-9", none)).toEqual({ offset: 5, limit: 5 });
    expect(topLevelWindow("GET", "5-", none)).toEqual({ offset: 5, limit: undefined });
    expect(topLevelWindow("GET", "bytes=0-9", none)).toEqual(none);
    expect(topLevelWindow("HEAD", "5-9", none)).toEqual(none);
    expect(topLevelWindow("GET", "0-9", { offset: 5, limit: 100 })).toEqual({ offset: 5, limit: 5 });
    expect(() => topLevelWindow("GET", "0-3", { offset: 5, limit: 2 })).toThrow("Requested range not satisfiable");
  });
});

describe("headers and statuses", () => {
  test("Accept by weight", () => {
    expect(parseAccept("text/csv;q=0.1, application/vnd.pgrst.object+json;nulls=stripped, */*;q=0.5").map(contentType)).toEqual([
      "application/vnd.pgrst.object+json;nulls=stripped; charset=utf-8", "*/*; charset=utf-8", "text/csv; charset=utf-8",
    ]);
    expect(parseAccept(undefined)).toEqual([{ kind: "any" }]);
  });

  test("Prefer: the first of its kind counts", () => {
    const preferences = parsePreferences("count=exact,count=planned, return=minimal, timezone=Mars/Base, tx=rollback, odd", false, new Set(["Europe/Berlin"]));
    expect(preferences).toMatchObject({ count: "exact", return: "minimal", timezone: undefined, tx: undefined, invalid: ["timezone=Mars/Base", "odd"] });
  });

  test.each([
    ["42501", "permission denied", true, 403], ["42501", "permission denied", false, 401], ["22023", 'role "x" does not exist', true, 401],
    ["21000", "UPDATE requires a WHERE clause", true, 400], ["57014", "canceling statement", true, 500], ["57P01", "terminating", true, 503],
    ["42883", "function xmlagg(character varying) does not exist", true, 406], ["PT999", "x", true, 999], ["PTabc", "x", true, 500], ["3D000", "x", true, 400],
  ])("SQLSTATE %s (%s), authenticated: %s, is %i", (code, message, authenticated, status) => {
    expect(pgErrorStatus({ code, message }, authenticated)).toBe(status);
  });

  test("a view's columns are read from the outermost query of Postgres's tree", () => {
    const entry = (no: number, table: number, column: number): string =>
      `{TARGETENTRY :expr {VAR :varno 1} :resno ${no} :resname a\\{b :ressortgroupref 0 :resorigtbl ${table} :resorigcol ${column} :resjunk false}`;
    const tree = `({QUERY :rtable ({RTE :subquery {QUERY :targetList (${entry(1, 9, 9)})}}) :targetList (${entry(1, 100, 2)} ${entry(2, 0, 0)})})`;
    expect(targetEntries(tree)).toEqual([{ view: 1, table: "100", column: 2 }]);
  });
});
