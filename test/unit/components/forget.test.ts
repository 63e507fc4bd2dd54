// What is done in all databases before a project's roles go, with a `psql` that says what Postgres would.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execa } from "execa";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readComponentFile } from "../../../components/files.ts";

/** Lists three databases. In `gone` a session fails, and then it is not there; in `broken` each fails, and it stays. */
const PSQL = `#!/bin/bash
while [ $# -gt 0 ]; do
  case $1 in --dbname) where=$2 ;; --set) case $2 in database=*) asked=\${2#database=} ;; esac ;; esac
  shift
done
read -r statement
case "$where $statement" in
  *"select datname"*) printf '%s\\n' other $LISTED last ;;
  "postgres select 1"*) [ "$asked" = gone ] || echo 1 ;;
  "gone "* | "broken "*) echo "FATAL: of $where" >&2; exit 2 ;;
  *"drop owned"*) echo "$where" >>"$DONE" ;;
  *"create database"*) echo "made $asked" >>"$DONE" ;;
esac
`;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "indie-ventures-forget-"));
  await writeFile(join(folder, "psql"), PSQL);
  await chmod(join(folder, "psql"), 0o755);
});

afterAll(() => rm(folder, { recursive: true }));

async function forget(listed: string, database = "blog", ...more: string[]) {
  const done = join(folder, `done-${listed}`);
  await writeFile(done, "");
  const env = { PATH: `${folder}:${process.env.PATH}`, LISTED: listed, DONE: done };
  const { exitCode, stderr } = await execa("bash", ["-c", readComponentFile("database/forget.sh"), "forget", database, "blog_owner", ...more], { env, reject: false });
  const { stdout } = await execa("cat", [done]);
  return { exitCode, stderr, done: stdout.split("\n") };
}

test("a database that goes meanwhile, with another project, is no failure", async () => {
  expect(await forget("gone")).toEqual({ exitCode: 0, stderr: "", done: ["other", "last"] });
});

test("one that stays and can not be entered is, with its words", async () => {
  expect(await forget("broken")).toEqual({ exitCode: 1, stderr: "FATAL: of broken", done: ["other"] });
}, 60_000);

test.each([
  ["is there", "blog", ["other", "last"]],
  ["was purged", "gone", ["other", "last", "made gone"]],
])("where the provider drops the database next, and it %s: it finds one", async (_, database, done) => {
  expect(await forget("", database, "true")).toEqual({ exitCode: 0, stderr: "", done });
});

test("where it does not, none is made", async () => {
  expect(await forget("", "gone", "")).toEqual({ exitCode: 0, stderr: "", done: ["other", "last"] });
});
