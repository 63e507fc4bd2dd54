// Against a program in the CLI's place, that says what it was given; the real one runs in test/long/migrations.test.ts.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { push } from "../../../../components/migrations/push.ts";

const PASSWORD = "a-password-of-the-owner";
const FILES = ["1_a.sql", "2_b.sql"];

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "indie-ventures-push-"));
  for (const file of [...FILES, "3_not_asked_for.sql"]) writeFileSync(join(folder, file), `-- ${file}`);
});

afterAll(() => rmSync(folder, { recursive: true }));

/** @param then what it does after it noted what it was given */
async function pushed(then: string) {
  const program = join(folder, "cli.mjs");
  const note = join(folder, "given.json");
  writeFileSync(
    program,
    `import { readdirSync, readFileSync, writeFileSync } from "node:fs";
const { argv, env } = process;
const work = argv[argv.indexOf("--workdir") + 1];
const files = readdirSync(work + "/supabase/migrations").map((file) => readFileSync(work + "/supabase/migrations/" + file, "utf8"));
writeFileSync(${JSON.stringify(note)}, JSON.stringify({ argv: argv.slice(2), env, work, files }));
${then}`,
  );
  const began: string[] = [];
  const { said } = await push({ program, folder, files: FILES, database: "blog", role: "blog_owner", password: PASSWORD, port: "5432", began: (file) => began.push(file) });
  return { said, began, given: JSON.parse(readFileSync(note, "utf8")) as { argv: string[]; env: Record<string, string>; work: string; files: string[] } };
}

describe("the supabase CLI", () => {
  test("has the project's files alone, in a folder of its own that is gone afterwards", async () => {
    const { said, given } = await pushed("");
    expect([said, given.files]).toEqual([undefined, FILES.map((file) => `-- ${file}`)]);
    expect(existsSync(given.work)).toBe(false);
  });

  test("is told the password in its environment alone, and nothing of the caller's", async () => {
    process.env.SUPABASE_ACCESS_TOKEN = "the caller's";
    process.env.PGOPTIONS = "-c search_path=elsewhere";
    try {
      const { given } = await pushed("");
      expect(given.argv.join(" ")).not.toContain(PASSWORD);
      expect(given.argv).toContain("--remote=postgresql://blog_owner@127.0.0.1:5432/blog?sslmode=disable");
      expect(given.env).toMatchObject({ PGPASSWORD: PASSWORD, SUPABASE_TELEMETRY_DISABLED: "1", HOME: given.work });
      expect(Object.keys(given.env).filter((name) => /^(?:SUPABASE_A|PGO)/.test(name))).toEqual([]);
    } finally {
      delete process.env.SUPABASE_ACCESS_TOKEN;
      delete process.env.PGOPTIONS;
    }
  });

  test("is heard: which files it begins, and what it says went wrong, without the password", async () => {
    const { said, began } = await pushed(`console.error("Target: x\\nApplying migration 1_a.sql...\\nApplying migration 2_b.sql...");
console.log(JSON.stringify({ error: { code: "DbPushApplyError", message: "ERROR: no ${PASSWORD}\\nAt statement: 0\\nselect 1" } }));
process.exit(1);`);
    expect([said, began]).toEqual(["ERROR: no …\nAt statement: 0\nselect 1", FILES]);
  });

  test("whatever else it says, or does not, is passed on", async () => {
    expect((await pushed('console.error("it broke"); process.exit(3);')).said).toBe("it broke");
    expect((await pushed("process.exit(3);")).said).toMatch(/failed with exit code 3/);
  });

  test("its folder goes where it fails, too", async () => expect(existsSync((await pushed("process.exit(1);")).given.work)).toBe(false));
});
