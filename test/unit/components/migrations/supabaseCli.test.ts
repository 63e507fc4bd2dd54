import { expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { SUPABASE_VERSION } from "../../../../components/migrations/supabaseCli.ts";

test("it is of the version that the end-to-end tests run by hand", () => {
  const { dependencies } = JSON.parse(readFileSync(new URL("../../../e2e/tools/package.json", import.meta.url), "utf8")) as { dependencies: Record<string, string> };
  expect(SUPABASE_VERSION).toBe(dependencies.supabase);
});
