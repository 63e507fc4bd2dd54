import { execa } from "execa";
import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";

export interface PushArgs {
  /** The supabase CLI's file, for node. */
  program: string;
  /** The folder of the project's files, and which of them are migrations. */
  folder: string;
  files: string[];
  database: string;
  /** The project's owner. */
  role: string;
  password: string;
  /** Of the door to Postgres, on 127.0.0.1. */
  port: string;
  /** Is told each file that is begun. */
  began: (file: string) => void;
}

/** What the CLI said went wrong; undefined where nothing did. */
export type Pushed = { said: string | undefined };

/**
 * `supabase db push`, in a folder of its own: the CLI wants `supabase/migrations` below one, and the project's folder may be called anything. The
 * password is in the environment, which no other user of this computer can read; argv they could.
 */
export async function push({ program, folder, files, ...to }: PushArgs): Promise<Pushed> {
  const work = await mkdtemp(join(tmpdir(), "indie-ventures-migrations-"));
  try {
    const migrations = join(work, "supabase", "migrations");
    await mkdir(migrations, { recursive: true });
    for (const file of files) await copyFile(join(folder, file), join(migrations, file));
    return await pushFrom(work, program, to);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function pushFrom(work: string, program: string, { database, role, password, port, began }: Omit<PushArgs, "program" | "folder" | "files">): Promise<Pushed> {
  // The door has no TLS: it is this computer's own.
  const url = `postgresql://${role}@127.0.0.1:${port}/${database}?sslmode=disable`;
  const child = execa(process.execPath, [program, "db", "push", "--yes", "--output-format", "json", "--workdir", work, `--remote=${url}`], {
    // Nothing of the caller's: SUPABASE_… and PG… would change what is done, and where.
    env: { PATH: process.env.PATH, HOME: work, PGPASSWORD: password, SUPABASE_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" },
    extendEnv: false,
    stdin: "ignore",
    reject: false,
    stderr: [{ transform: watch(began) }, "pipe"],
  });
  const { failed, stdout, stderr, shortMessage } = await child;
  if (!failed) return { said: undefined };
  const said = messageOf(stdout) ?? (stderr.trim() === "" ? String(shortMessage) : stderr.trim());
  return { said: shortened(said.replaceAll(password, "…")) };
}

const watch = (began: (file: string) => void) =>
  function* (line: unknown) {
    const [, file] = /^Applying migration (.+\.sql)\.\.\.$/.exec(String(line)) ?? [];
    if (file !== undefined) began(file);
    yield line;
  };

const answer = z.object({ error: z.object({ message: z.string() }) });

/** Its suggestions are left out: they are for its own options and its maker's cloud. */
function messageOf(stdout: string): string | undefined {
  try {
    return answer.parse(JSON.parse(stdout)).error.message.trim();
  } catch {
    return undefined;
  }
}

/** With what stands behind the statement that failed: a whole seed may be one. */
export function shortened(text: string, longest = 3000): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}… (${text.length - longest} more characters)`;
}
