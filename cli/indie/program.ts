// The commands: a table of contents. Each file says what its command is, and loads what it needs only when it runs.
import type { Command } from "commander";
import { add } from "./add.ts";
import { backup } from "./backup.ts";
import { backups } from "./backups.ts";
import { createCommandLine, type Open, openContext, type Register } from "./commandLine.ts";
import { completion } from "./completion.ts";
import { doctor } from "./doctor.ts";
import { exportCommand } from "./export.ts";
import { init } from "./init.ts";
import { keys } from "./keys.ts";
import { link } from "./link.ts";
import { list } from "./list.ts";
import { logs } from "./logs.ts";
import { plan } from "./plan.ts";
import { prove } from "./prove.ts";
import { purge } from "./purge.ts";
import { remove } from "./remove.ts";
import { restore } from "./restore.ts";
import { resume } from "./resume.ts";
import { rollback } from "./rollback.ts";
import { seeds } from "./seeds.ts";
import { status } from "./status.ts";
import { studio } from "./studio.ts";
import { suspend } from "./suspend.ts";
import { up } from "./up.ts";
import { url } from "./url.ts";

const GROUPS: Record<string, Register[]> = {
  "Projects:": [init, add, list, url, keys, link, studio, suspend, resume, remove],
  "The server:": [status, doctor, plan, up, logs],
  "Backups:": [backup, backups, prove, restore, rollback, exportCommand, purge, seeds],
  "Beside them:": [completion],
};

/**
 * @param open what each command works with. @default this clone, this terminal
 * @param without commands to leave out
 */
export function createProgram(open: Open = openContext, without: Register[] = []): Command {
  const program = createCommandLine();
  for (const [group, registers] of Object.entries(GROUPS)) {
    program.commandsGroup(group);
    for (const register of registers) if (!without.includes(register)) register(program, open);
  }
  return program.helpCommand("help [command]", "what a command does, with examples");
}
