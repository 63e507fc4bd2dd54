import { nearest, quote } from "../../../spec/error.ts";
import { stackOption } from "../../options.ts";
import { AlreadySaid, EXIT, Stop } from "../../report.ts";
import { lastWords, succeeded } from "../../run.ts";
import { shownLine } from "../../shown.ts";
import type { Context, Tools } from "../context.ts";
import { type Container, serverContainers } from "./containers.ts";

/** What was typed. */
export interface LogsWish {
  follow?: boolean;
  since?: string;
  tail: string;
}

/**
 * `indie logs`: what a project's services say, by `docker logs`.
 *
 * @throws Stop where there is no such container
 */
export async function logs(context: Context, project: string, service: string | undefined, wish: LogsWish): Promise<void> {
  const tools = await context.tools();
  const chosen = chooseContainers(await serverContainers(tools.run, context.stack), { stack: context.stack, project, service });
  if (chosen.some((each) => each.project === undefined)) context.note(`${service} is one for several projects: lines of others are among these.`);
  const print = printer(context, chosen);
  await (wish.follow ? follow(tools, chosen, wish, print) : printLast(tools, chosen, wish, print));
}

/**
 * Those of the project; with a service its own one, or else the one that it uses together with others. Pure.
 *
 * @throws Stop where there is none
 */
export function chooseContainers(all: Container[], { stack, project, service }: { stack: string; project: string; service?: string }): Container[] {
  const own = all.filter((each) => each.project === project);
  if (own.length === 0) throw new Stop(`The stack ${stack} has no container of ${quote(project)} → ${hint(project, all.flatMap((each) => each.project ?? []), `npx indie list${stackOption(stack)}`)}`);
  if (service === undefined) return own.toSorted((left, right) => left.service.localeCompare(right.service));
  const usable = [...own, ...all.filter((each) => each.project === undefined)];
  const named = usable.filter((each) => each.service === service);
  const services = [...new Set(usable.map((each) => each.service))].sort();
  if (named.length === 0) throw new Stop(`${project} has no service ${quote(service)} → ${hint(service, services, `there are ${services.join(", ")}`)}`);
  const isOwn = named.some((each) => each.project === project);
  return named.filter((each) => (each.project === project) === isOwn);
}

function hint(word: string, words: string[], otherwise: string): string {
  const meant = nearest(word, words);
  return meant === undefined ? otherwise : `did you mean ${meant}?`;
}

type Print = (container: Container, line: string) => void;

/** Whose line it is stands before it, where there are several. Users write into logs: none of them writes over that. */
function printer({ print }: Pick<Context, "print">, containers: Container[]): Print {
  const width = Math.max(...containers.map(({ service }) => service.length));
  const isAlone = new Set(containers.map(({ service }) => service)).size === 1;
  return ({ service }, line) => print((isAlone ? "" : `${service.padEnd(width)} | `) + shownLine(line));
}

const words = ({ name }: Container, { since, tail }: LogsWish): string[] => [
  "logs",
  "--timestamps",
  `--tail=${tail}`,
  ...(since === undefined ? [] : [`--since=${since}`]),
  name,
];

/** Docker's timestamps all have the same length, so their order is that of the texts. */
async function printLast({ run }: Tools, containers: Container[], wish: LogsWish, print: Print): Promise<void> {
  const found = await Promise.all(
    containers.map(async (container) => {
      const ran = await run("docker", words(container, wish));
      if (!succeeded(ran)) throw new Stop(`\`docker logs\` failed:\n${lastWords(ran, 3)}`);
      return [ran.stdout, ran.stderr].flatMap((said) => said.split("\n").filter(Boolean).map((line) => ({ container, ...split(line) })));
    }),
  );
  const all = found.flat().toSorted((left, right) => (left.at < right.at ? -1 : left.at > right.at ? 1 : 0));
  for (const { container, line } of all) print(container, line);
}

function split(said: string): { at: string; line: string } {
  const [at = "", line = ""] = /^(\S+) ?(.*)$/s.exec(said)?.slice(1) ?? [];
  return { at, line };
}

/** Until Ctrl-C, or until the last of them is gone. */
async function follow({ stream }: Tools, containers: Container[], wish: LogsWish, print: Print): Promise<void> {
  const codes = await Promise.all(
    containers.map((container) => {
      const [command = "", ...rest] = words(container, wish).filter((word) => word !== "--timestamps");
      return stream("docker", [command, "--follow", ...rest], (line) => print(container, line));
    }),
  );
  if (codes.some((code) => code !== 0)) throw new AlreadySaid(EXIT.failed);
}
