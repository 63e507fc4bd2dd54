// What a server has, told in a form that can be compared.
import { execa } from "execa";
import type { BackupContainer } from "./backupContainer.ts";
import { docker, type TestStack } from "./testStack.ts";

const FILES = "/var/lib/storage/files";

/** All of a project's database as pg_dump tells it, and its stored files: equal where both are, in whatever order rows lie. */
export async function contentOf(stack: TestStack, { name }: BackupContainer, project: string): Promise<string> {
  const database = project.replaceAll("-", "_");
  // pg_dump from 17.6 on frames a dump with a word of chance.
  const dump = 'pg_dump -U supabase_admin "$1" | grep -Ev "^\\\\\\\\(un)?restrict" | sort | sha256sum';
  const files = `cd ${FILES}/"$1" && find . -type f -exec sha256sum {} + | sort | sha256sum`;
  const [inDatabase, inFiles] = await Promise.all([
    docker("exec", `iv-${stack.name}-postgres`, "bash", "-o", "pipefail", "-c", dump, "bash", database),
    docker("exec", name, "bash", "-c", files, "bash", project),
  ]);
  return `${inDatabase} ${inFiles}`;
}

const SQL = `
  select 'database ' || datname from pg_database where datname like any (array['supabase\\_restore%', 'supabase\\_replaced%']) or datname = 'supabase_template_copy'
  union all select 'role ' || rolname from pg_roles where rolname = 'supabase_restore'
  union all select 'closed ' || datname from pg_database where not datallowconn and datname not in ('template0', 'supabase_template')
  union all select 'session of ' || usename || ': ' || left(query, 80) from pg_stat_activity where application_name = 'indie-ventures-backup'`;

/** What a job leaves when it is cut short, and what nobody should find afterwards. */
const THINGS = `
  for folder in staging read-back job.json journal/*; do [ ! -e "/var/lib/indie-ventures/$folder" ] || echo "$folder"; done
  for folder in ${FILES}/.re*-* ${FILES}/.saving-* /scratch/wanted /tmp/restore-*; do [ ! -e "$folder" ] || echo "$folder"; done
  for process in /proc/[0-9]*; do
    # Z: ended, and nobody has asked how.
    case "$(sed -n 's/^Name:\\t//p; s/^State:\\t\\(.\\).*/\\1/p' "$process/status" 2>/dev/null | paste -sd ' ')" in
      *' Z') ;;
      restic*|pg_dump*|pg_restore*|flock*) echo "process $(tr '\\0' ' ' <"$process/cmdline")" ;;
    esac
  done
  restic list locks --no-lock --quiet | sed 's/^/lock /'`;

/** @param closed databases that are to be closed, as those of removed projects are */
export async function leftBehind(stack: TestStack, { name }: BackupContainer, closed: string[] = []): Promise<string[]> {
  const things = await docker("exec", name, "bash", "-c", THINGS);
  const { stdout: scratch } = await execa("docker", ["exec", `iv-${stack.name}-scratch`, "bash", "-c", "ls /var/lib/postgresql/data | head -1 | sed 's/^/scratch data /'"], { reject: false });
  const inPostgres = await stack.sql("postgres", SQL);
  return [things, scratch, inPostgres].flatMap((text) => text.split("\n")).filter((line) => line !== "" && !closed.some((database) => line === `closed ${database}`));
}
