import { expect, test } from "@jest/globals";
import { backupFigures, type Measured, type Seen } from "../../bench/backupFigures.ts";
import { renderTable } from "../../bench/table.ts";

const seen = (seconds: number, mebibytes: number): Seen => ({
  seconds: [seconds],
  memory: { backup: [mebibytes], scratch: [mebibytes / 2], postgres: [mebibytes * 2] },
});

const measured = (megabytes: number, times: number): Measured => ({
  megabytes,
  days: 7,
  bytes: { database: 0.9e6 * megabytes, dump: 0.8e6 * megabytes, files: 0.1e6 * megabytes, repository: 3.6e6 * megabytes, floorRepository: 3.2e6 * megabytes },
  atRest: { backup: 46, scratch: 4, postgres: 120 },
  seen: {
    dump: seen(1 * times, 50),
    store: seen(2 * times, 100),
    backup: seen(4 * times, 150),
    proof: seen(8 * times, 200),
    load: seen(3 * times, 20),
    restore: seen(9 * times ** 1.1, 600),
  },
});

test("each figure beside its floor, its limit or what linear growth would be", () => {
  expect(renderTable(backupFigures([measured(100, 1), measured(1000, 10)]))).toMatchInlineSnapshot(`
"| figure | aim | median | from, to | times | how |
|---|---|---|---|---|---|
| 100 MB: \`pg_dump -Fc -Z0\` to a file | floor | 1.00 s |  | 1 | in the backup container, each day before the backup |
| 100 MB: \`restic backup\` of that file | floor | 2.00 s |  | 1 | the same, into a repository of its own on the same disk |
| 100 MB: backup |  | 4.00 s |  | 1 | until it is in the repository; 7 in a row, 1 % of the rows changed before each but the first |
| 100 MB: proof of it |  | 8.00 s |  | 1 | read back, restored on the scratch Postgres, compared |
| 100 MB: \`pg_restore\` into an empty database | floor | 3.00 s |  | 1 | in the backup container, into the server's Postgres, in turns with the next |
| 100 MB: restore |  | 9.00 s |  | 1 | whole command, \`--without-safety-backup\` |
| 100 MB: memory of the backup container, \`restic backup\` of that file | floor | 100.0 MiB |  | 1 | peak without page cache, at rest 46 |
| 100 MB: memory of the backup container, backup | ≤ 384 MiB | 150.0 MiB |  | 1 | peak without page cache, at rest 46 |
| 100 MB: memory of the backup container, proof of it | ≤ 384 MiB | 200.0 MiB |  | 1 | peak without page cache, at rest 46 |
| 100 MB: memory of the backup container, restore | ≤ 384 MiB: **missed** | 600.0 MiB |  | 1 | peak without page cache, at rest 46 |
| 100 MB: memory of the scratch container, proof of it | ≤ 256 MiB | 100.0 MiB |  | 1 | peak without page cache, at rest 4 |
| 100 MB: memory of Postgres, \`pg_dump -Fc -Z0\` to a file | floor | 100.0 MiB |  | 1 | peak without page cache, at rest 120 |
| 100 MB: memory of Postgres, backup |  | 300.0 MiB |  | 1 | peak without page cache, at rest 120 |
| 100 MB: memory of Postgres, proof of it |  | 400.0 MiB |  | 1 | peak without page cache, at rest 120 |
| 100 MB: memory of Postgres, \`pg_restore\` into an empty database | floor | 40.0 MiB |  | 1 | peak without page cache, at rest 120 |
| 100 MB: memory of Postgres, restore |  | 1200.0 MiB |  | 1 | peak without page cache, at rest 120 |
| 100 MB: database |  | 90.0 MB |  | 1 | \`pg_database_size\`, with its indexes |
| 100 MB: dump |  | 80.0 MB |  | 1 | not compressed |
| 100 MB: stored files |  | 10.0 MB |  | 1 | can not be compressed, none changes |
| 100 MB: restic's, of the dumps alone, ÷ dump | floor | 4.00 × |  | 1 | 7 dumps |
| 100 MB: repository after 7 daily backups ÷ dump |  | 4.50 × |  | 1 | files and all; 1 % of the rows changed each day |
| 100 MB: repository after 7 daily backups ÷ database |  | 4.00 × |  | 1 | the same |
| 1 GB: \`pg_dump -Fc -Z0\` to a file | floor | 10.00 s |  | 1 | in the backup container, each day before the backup |
| 1 GB: \`restic backup\` of that file | floor | 20.00 s |  | 1 | the same, into a repository of its own on the same disk |
| 1 GB: backup |  | 40.00 s |  | 1 | until it is in the repository; 7 in a row, 1 % of the rows changed before each but the first |
| 1 GB: proof of it |  | 80.00 s |  | 1 | read back, restored on the scratch Postgres, compared |
| 1 GB: \`pg_restore\` into an empty database | floor | 30.00 s |  | 1 | in the backup container, into the server's Postgres, in turns with the next |
| 1 GB: restore |  | 113.30 s |  | 1 | whole command, \`--without-safety-backup\` |
| 1 GB: memory of the backup container, \`restic backup\` of that file | floor | 100.0 MiB |  | 1 | peak without page cache, at rest 46 |
| 1 GB: memory of the backup container, backup | ≤ 384 MiB | 150.0 MiB |  | 1 | peak without page cache, at rest 46 |
| 1 GB: memory of the backup container, proof of it | ≤ 384 MiB | 200.0 MiB |  | 1 | peak without page cache, at rest 46 |
| 1 GB: memory of the backup container, restore | ≤ 384 MiB: **missed** | 600.0 MiB |  | 1 | peak without page cache, at rest 46 |
| 1 GB: memory of the scratch container, proof of it | ≤ 256 MiB | 100.0 MiB |  | 1 | peak without page cache, at rest 4 |
| 1 GB: memory of Postgres, \`pg_dump -Fc -Z0\` to a file | floor | 100.0 MiB |  | 1 | peak without page cache, at rest 120 |
| 1 GB: memory of Postgres, backup |  | 300.0 MiB |  | 1 | peak without page cache, at rest 120 |
| 1 GB: memory of Postgres, proof of it |  | 400.0 MiB |  | 1 | peak without page cache, at rest 120 |
| 1 GB: memory of Postgres, \`pg_restore\` into an empty database | floor | 40.0 MiB |  | 1 | peak without page cache, at rest 120 |
| 1 GB: memory of Postgres, restore |  | 1200.0 MiB |  | 1 | peak without page cache, at rest 120 |
| 1 GB: database |  | 900.0 MB |  | 1 | \`pg_database_size\`, with its indexes |
| 1 GB: dump |  | 800.0 MB |  | 1 | not compressed |
| 1 GB: stored files |  | 100.0 MB |  | 1 | can not be compressed, none changes |
| 1 GB: restic's, of the dumps alone, ÷ dump | floor | 4.00 × |  | 1 | 7 dumps |
| 1 GB: repository after 7 daily backups ÷ dump |  | 4.50 × |  | 1 | files and all; 1 % of the rows changed each day |
| 1 GB: repository after 7 daily backups ÷ database |  | 4.00 × |  | 1 | the same |
| growth of the time: \`pg_dump -Fc -Z0\` to a file | floor | 10.00 × |  | 1 | median of 1 GB ÷ median of 100 MB |
| growth of the time: \`restic backup\` of that file | floor | 10.00 × |  | 1 | median of 1 GB ÷ median of 100 MB |
| growth of the time: backup | ≤ 10 × | 10.00 × |  | 1 | median of 1 GB ÷ median of 100 MB |
| growth of the time: proof of it | ≤ 10 × | 10.00 × |  | 1 | median of 1 GB ÷ median of 100 MB |
| growth of the time: \`pg_restore\` into an empty database | floor | 10.00 × |  | 1 | median of 1 GB ÷ median of 100 MB |
| growth of the time: restore | ≤ 10 ×: **missed** | 12.59 × |  | 1 | median of 1 GB ÷ median of 100 MB |
| growth of the memory of the backup container, backup |  | 1.00 × |  | 1 | median of 1 GB ÷ median of 100 MB |
| growth of the memory of the backup container, proof of it |  | 1.00 × |  | 1 | median of 1 GB ÷ median of 100 MB |
| growth of the memory of the backup container, restore |  | 1.00 × |  | 1 | median of 1 GB ÷ median of 100 MB |
| growth of the memory of the scratch container, proof of it |  | 1.00 × |  | 1 | median of 1 GB ÷ median of 100 MB |
| growth of the memory of Postgres, backup |  | 1.00 × |  | 1 | median of 1 GB ÷ median of 100 MB |
| growth of the memory of Postgres, proof of it |  | 1.00 × |  | 1 | median of 1 GB ÷ median of 100 MB |
| growth of the memory of Postgres, restore |  | 1.00 × |  | 1 | median of 1 GB ÷ median of 100 MB |"
`);
});

test("one size has nothing to grow from", () => {
  expect(backupFigures([measured(100, 1)]).filter(({ name }) => name.startsWith("growth"))).toEqual([]);
});
