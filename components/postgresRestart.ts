import * as pulumi from "@pulumi/pulumi";
import { fixedName } from "./ours.ts";
import { docker } from "./server/dockerCli.ts";

/**
 * Says at preview that Postgres gets a new container, and why: a number that only a restart changes, such as `max_connections`, follows
 * from the whole file, and has room for more projects, but not for any number of them.
 */
export async function warnOfPostgresRestart(stack: string, wanted: Record<string, number>, run = docker): Promise<void> {
  const { failed, stdout } = await run("inspect", "--type", "container", "--format", "{{json .Config.Cmd}}", fixedName(stack, "postgres"));
  // Before the first update there is none.
  const warning = failed ? undefined : renderPostgresRestart(settingsOf(JSON.parse(stdout) as string[]), wanted);
  if (warning !== undefined) await pulumi.log.warn(warning);
}

/** What a Postgres was started with: each `-c name=value` of its command. */
export const settingsOf = (command: string[]): Record<string, string> =>
  Object.fromEntries(
    command.flatMap((word, index) => {
      const [, name, value] = (command[index - 1] === "-c" && /^([^=]+)=(.*)$/s.exec(word)) || [];
      return name === undefined ? [] : [[name, value!]];
    }),
  );

export function renderPostgresRestart(now: Record<string, string>, wanted: Record<string, number>): string | undefined {
  const changes = Object.entries(wanted).filter(([name, value]) => now[name] !== String(value));
  if (changes.length === 0) return undefined;
  const words = changes.map(([name, value]) => `${name} ${now[name] ?? "unset"} → ${value}`).join(", ");
  return `This update restarts Postgres, as the projects in the file need it: ${words}.
While it does, which takes some seconds, every project answers with errors. Nothing is lost.`;
}
