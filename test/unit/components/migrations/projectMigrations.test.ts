import { beforeAll, describe, expect, test } from "@jest/globals";
import type { MigrationState } from "../../../../components/migrations/projectMigrations.ts";
import { ISOLATED, program, PROJECT } from "../../lib/program.ts";
import type { Registered } from "../../lib/mocks.ts";

const FOLDER = { folder: "supabase/x", files: ["1_a.sql", "2_b.sql"] };
const NAMES = ["waits", "done", "unknown", "conflict", "alone", "suspended"] as const;
const STATES: Record<string, MigrationState> = {
  waits: { ...FOLDER, comparison: { pending: ["1_a.sql", "2_b.sql"] } },
  done: { ...FOLDER, comparison: { pending: [] } },
  unknown: { ...FOLDER, why: "Postgres did not answer" },
  conflict: { ...FOLDER, comparison: { pending: ["2_b.sql"], conflict: { kind: "changed", files: ["1_a.sql"] } } },
  alone: { ...FOLDER, comparison: { pending: ["1_a.sql"] } },
};

let registered: Registered[];

beforeAll(async () => {
  const projects = NAMES.map((name) => ({ ...(name === "alone" ? ISOLATED : PROJECT), name, ...(name === "suspended" ? { state: "suspended" as const } : {}) }));
  ({ registered } = await program(projects, undefined, { migrations: STATES, preview: true }));
});

const resource = (name: string) => registered.find((each) => each.name === `${name}-migrations`)!;
const environment = (name: string) => resource(name).inputs.environment as Record<string, string>;

describe("the resource that applies migrations", () => {
  test("comes after the project's routes, and so after its services; nothing but the guard waits for it", () => {
    for (const name of ["waits", "alone"]) {
      expect(resource(name).dependencies).toContain(`${name}-fragment`);
      expect(registered.filter(({ dependencies }) => dependencies.includes(`${name}-migrations`))).toEqual([]);
    }
  });

  test("is left alone where all was applied, and runs where some wait, where it is not known, and where it must refuse", () => {
    expect(Object.keys(STATES).map((name) => [name, resource(name).ignoreChanges])).toEqual([
      ["waits", []],
      ["done", ["create", "environment"]],
      ["unknown", []],
      ["conflict", []],
      ["alone", []],
    ]);
  });

  test("says what waits to who reads a preview; not what will be refused", () => {
    expect(Object.keys(STATES).map((name) => environment(name).PENDING)).toEqual(["1_a.sql\n2_b.sql", "", "", "", "1_a.sql"]);
  });

  test("is told the project's own database and owner", () => {
    expect(environment("waits")).toMatchObject({ CONTAINER: "iv-dev-postgres", DATABASE: "waits", ROLE: "waits_owner", PORT: "5432", FOLDER: "supabase/x", FILES: '["1_a.sql","2_b.sql"]' });
    // Not known at preview; that it is a secret, the e2e test sees in the state.
    expect(environment("waits").PGPASSWORD).toBe("04da6b54-80e4-46f7-96ec-b56ff0331ba9");
    expect(resource("waits").inputs).toMatchObject({ logging: "stderr" });
    expect(String(resource("waits").inputs.create)).not.toMatch(/waits|supabase\/x/);
  });

  test("is not there for a project without the field, or one that does not run", () => {
    expect(resource("suspended")).toBeUndefined();
  });
});
