import { expect, test } from "@jest/globals";
import { contentDifferences, type Measure } from "../../../images/backup/measure.ts";

const measured: Measure = { tables: { "public.notes": { rows: 2, checksum: "17" }, "auth.users": { rows: 0, checksum: "0" } }, sequences: { "public.notes_id_seq": "2 t" } };

test("the same content differs in nothing", () => {
  expect(contentDifferences(measured, structuredClone(measured))).toEqual([]);
});

test.each<[string, Partial<Measure>, string[]]>([
  ["a row is missing", { tables: { ...measured.tables, "public.notes": { rows: 1, checksum: "5" } } }, ["table public.notes has 1 rows, not 2"]],
  ["a row is another", { tables: { ...measured.tables, "public.notes": { rows: 2, checksum: "18" } } }, ["table public.notes has other rows"]],
  ["a table is missing", { tables: { "auth.users": measured.tables["auth.users"]! } }, ["table public.notes is missing"]],
  ["a table is too much", { tables: { ...measured.tables, "public.more": { rows: 0, checksum: "0" } } }, ["table public.more is too much"]],
  ["a sequence stands elsewhere", { sequences: { "public.notes_id_seq": "1 f" } }, ["sequence public.notes_id_seq stands at 1 f, not at 2 t"]],
  ["a sequence is missing", { sequences: {} }, ["sequence public.notes_id_seq stands at nothing, not at 2 t"]],
])("%s", (_, change, differences) => {
  expect(contentDifferences(measured, { ...measured, ...change })).toEqual(differences);
});

test("where rows differ that no restore brings, it is said that they are an extension's; of all others nothing more", () => {
  const [one, other] = [3, 0].map((rows) => ({ tables: { 'queues."the ""meta"""': { rows, checksum: "0" }, notes: { rows, checksum: "0" } }, sequences: {} }));
  expect(contentDifferences(one!, other!, new Set(['queues.the "meta"']))).toEqual([
    "table notes has 0 rows, not 3",
    'table queues."the ""meta""" has 0 rows, not 3: it is an extension\'s, of a superuser, and what a project puts into it is not restored (docs/backups.md, "What is not kept")',
  ]);
});
