import { valueAt } from "../../../spec/explain.ts";
import { SourceFile } from "../../../spec/document.ts";
import { parseDomain } from "../../../spec/hosts.ts";
import { nameMistake } from "../../../spec/names.ts";
import { ARCHITECTURES, type Project } from "../../../spec/project.ts";
import { isOnStack } from "../../../spec/validate.ts";
import { stackOption } from "../../options.ts";
import { Misuse, Stop } from "../../report.ts";
import type { Ask, Choice, Context } from "../context.ts";
import { addProject } from "../edit/addProject.ts";
import type { Entry } from "../edit/entry.ts";
import { change } from "./change.ts";
import { compare, openProjectsFile, type ProjectsFile } from "./projectsFile.ts";
import { roomOf, serverHas } from "./room.ts";

type Architecture = Project["architecture"];

/** What was typed. */
export interface Wish {
  name?: string;
  architecture?: Architecture;
  domain?: string[];
  server?: string;
}

/**
 * `indie add`.
 *
 * @throws Misuse where something is missing and nobody can be asked; Stop where the file would not be right, or the project does not fit
 */
export async function add(context: Context, wish: Wish): Promise<void> {
  const file = openProjectsFile(context);
  refuseName(wish.name);
  const entry = placed(await completed(context, file, wish), file);
  const there = existing(file, entry.name);
  if (there !== undefined) refuseOther(there, entry, file);
  const { name, architecture } = entry;
  const edited = there === undefined ? addProject(file.text, file.name, entry) : file.text;
  const added = ["added", ...(architecture === undefined ? [] : [architecture])].join(", ");
  await change(context, file, {
    project: name,
    edited,
    says: `${name} is ${there === undefined ? added : "there"}`,
    next: [`Next: npx indie up${stackOption(serverOf(entry, file) ?? context.stack)}`],
    grows: true,
  });
}

function refuseName(name: string | undefined): void {
  const mistake = name === undefined ? undefined : nameMistake(name);
  if (mistake !== undefined) throw new Misuse(`The name ${mistake}`);
}

const defaultOf = (file: ProjectsFile, field: string): unknown => valueAt(new SourceFile(file.text, file.name).value, ["defaults", field]);

/** A project that the stack would not take by the file's defaults says itself that it is of this stack. */
function placed(entry: Entry, file: ProjectsFile): Entry {
  const { config } = file;
  if (entry.server !== undefined || isOnStack(defaultOf(file, "server"), config)) return entry;
  return { ...entry, server: config.stack };
}

/** The stack that takes it, and that comes next. Undefined: the one that takes all, whatever server they name. */
const serverOf = ({ server }: Entry, { config }: ProjectsFile): string | undefined => (config.placement === "all" ? undefined : (server ?? config.stack));

/** What was typed, and the rest from whoever sits at the terminal. */
async function completed(context: Context, file: ProjectsFile, { name, architecture, domain, server }: Wish): Promise<Entry> {
  const fallback = ARCHITECTURES.find((word) => word === defaultOf(file, "architecture"));
  // Of one that is there, nothing more has to be known to say so.
  const isKnown = name !== undefined && existing(file, name) !== undefined;
  const isComplete = name !== undefined && (isKnown || (architecture ?? fallback) !== undefined);
  if (isComplete || context.ask === undefined) {
    const on = stackOption(context.stack);
    if (name === undefined) throw new Misuse(`The name is missing → npx indie add --architecture shared blog${on}`);
    if (!isComplete) throw new Misuse(`The architecture is missing → npx indie add --architecture ${ARCHITECTURES.join("|")} ${name}${on}`);
    return { name, architecture, server, domains: domain };
  }
  const ask = await context.ask();
  const named =
    name ??
    (await ask.text({
      message: "Name of the project: its identity for ever, part of its address",
      placeholder: "blog",
      check: (text) => nameProblem(file, text),
    }));
  const chosen = architecture ?? (await chooseArchitecture(context, ask, file, { name: named, server, domains: domain }, fallback));
  return { name: named, architecture: chosen, server, domains: domain ?? (await askDomains(ask)) };
}

function nameProblem(file: ProjectsFile, name: string): string | undefined {
  return nameMistake(name) ?? (existing(file, name) === undefined ? undefined : "is taken");
}

/** The words of `architecture`, and what each takes of this server's memory. */
async function chooseArchitecture(context: Context, ask: Ask, file: ProjectsFile, entry: Entry, initial?: Architecture): Promise<Architecture> {
  const available = await serverHas(context);
  const choices = ARCHITECTURES.map((architecture) => architectureChoice(file, { ...entry, architecture }, architecture, available));
  return ask.choose({ message: "Architecture", choices, initial });
}

const MEANINGS: Record<Architecture, string> = { shared: "one set of services for all such projects", isolated: "services of its own" };

export function architectureChoice(file: ProjectsFile, entry: Entry, architecture: Architecture, available: number | null): Choice<Architecture> {
  const room = roomOf(compare(file, addProject(file.text, file.name, placed(entry, file))), available, file);
  const rest =
    available === null
      ? ""
      : available < room.needed
        ? `; does not fit: the server has ${available} MB`
        : `; ${available - room.needed} MB stay free`;
  return { value: architecture, label: `${architecture}: ${MEANINGS[architecture]}, +${room.added} MB of memory${rest}` };
}

async function askDomains(ask: Ask): Promise<string[]> {
  const split = (text: string) => text.split(/[\s,]+/).filter(Boolean);
  const check = (text: string) =>
    split(text)
      .map(domainMistake)
      .find((mistake) => mistake !== undefined);
  return split(
    await ask.text({
      message: "Domains besides its own address, with commas between them (none: just Enter)",
      placeholder: "api.example.com",
      check,
    }),
  );
}

function domainMistake(domain: string): string | undefined {
  const parsed = parseDomain(domain);
  return "mistake" in parsed ? `${domain} ${parsed.mistake}` : undefined;
}

/** A project of that name, on whichever stack. */
function existing(file: ProjectsFile, name: string): Record<string, unknown> | undefined {
  const projects = valueAt(new SourceFile(file.text, file.name).value, ["projects"]);
  return Array.isArray(projects) ? projects.find((project) => valueAt(project, ["name"]) === name) : undefined;
}

/** The same once more is no fault: scripts run twice. */
function refuseOther(there: Record<string, unknown>, entry: Entry, file: ProjectsFile): void {
  const { name, architecture, domains } = entry;
  const has = { architecture: there.architecture ?? defaultOf(file, "architecture"), state: there.state ?? "present", domains: there.domains ?? [] };
  refuseOtherServer(there.server ?? defaultOf(file, "server"), entry, file);
  if (has.state !== "present")
    throw new Stop(`${file.name} has ${name} already, and it is ${has.state}. To have it back: npx indie resume ${name}${stackOption(serverOf(entry, file) ?? file.config.stack)}`);
  const isSame = has.architecture === (architecture ?? has.architecture) && JSON.stringify(has.domains) === JSON.stringify(domains ?? has.domains);
  if (!isSame)
    throw new Stop(`${file.name} has ${name} already, ${has.architecture}${domains === undefined ? "" : ", or with other domains"}. Nothing was changed.
Choose another name; or edit its entry in ${file.name} (moving it between shared and isolated: docs/architectures.md).`);
}

/** A name is one project's in the whole file: what lives on another server is another one than the one that was meant. */
function refuseOtherServer(has: unknown, entry: Entry, file: ProjectsFile): void {
  const wanted = entry.server ?? serverOf(entry, file);
  if (wanted === undefined || wanted === has) return;
  throw new Stop(`${file.name} has ${entry.name} already, ${has === undefined ? "with no server" : `on the server ${String(has)}`}, not on ${wanted}. Nothing was changed.
Choose another name; or edit its entry in ${file.name}: its data does not move along, but its backups can be restored there (docs/backups.md).`);
}
