// What `services`, `versions` and `limits` say against each other, against the architecture and against the stack's settings.
import { connectionNeeds, leastConnections } from "./capacity.ts";
import { isFields } from "./complete.ts";
import type { SourceFile } from "./document.ts";
import { valueAt } from "./explain.ts";
import { PROJECT_SERVICES } from "./project.ts";
import type { Mistake } from "./report.ts";
import { mayHaveStudio, notOwn, realtimeOf, type WrittenServices } from "./services.ts";
import type { StackConfig } from "./stackConfig.ts";
import { at, type Written } from "./written.ts";

export function serviceMistakes(project: Written, source: SourceFile): Mistake[] {
  return [...planeMistakes(project, source), ...connectionMistakes(project, source)];
}

/** The written words of a project. */
const servicesOf = ({ merged }: Written): WrittenServices => ({
  architecture: merged.architecture,
  realtime: valueAt(merged, ["services", "realtime"]),
  studio: valueAt(merged, ["services", "studio"]),
});

/** What a shared project says itself of services that are not its own. Under `defaults` it is for isolated projects, too. */
function planeMistakes(project: Written, source: SourceFile): Mistake[] {
  return [["versions"], ["limits", "memory"]].flatMap((field) => {
    const written = valueAt(source.value, [...project.path, ...field]);
    if (!isFields(written)) return [];
    return PROJECT_SERVICES.filter((service) => Object.hasOwn(written, service)).flatMap((service) => {
      const why = notOwn(service, servicesOf(project));
      const place = [...field, service];
      return why === undefined ? [] : [at(source, project.path, place, `${place.join(".")} has no meaning here: ${why} → delete it`)];
    });
  });
}

function connectionMistakes(project: Written, source: SourceFile): Mistake[] {
  const connections = valueAt(project.merged, ["limits", "connections"]);
  // Less than any project needs is the schema's to report.
  if (typeof connections !== "number" || connections < leastConnections({ realtime: false, studio: false })) return [];
  const services = servicesOf(project);
  const has = { realtime: realtimeOf(services) !== "off", studio: mayHaveStudio(services) };
  const least = leastConnections(has);
  if (connections >= least) return [];
  const needs = Object.entries(connectionNeeds(has)).map(([name, count]) => `${name} ${count}`);
  const text = `limits.connections ${connections} is not enough: ${needs.join(", ")} → write ${least} or more`;
  return [at(source, project.path, ["limits", "connections"], text)];
}

/** A project of this stack without a Studio, that the stack's setting wants one for. */
export function studioMistakes(project: Written, source: SourceFile, { studio, stack }: StackConfig): Mistake[] {
  const { name = "", path } = project;
  if (mayHaveStudio(servicesOf(project)) || !studio.includes(name)) return [];
  const others = studio.filter((each) => each !== name);
  const command = others.length === 0 ? "rm indie-ventures:studio" : `set indie-ventures:studio ${others.join(",")}`;
  const how = `write on-demand, or: pulumi config ${command} --stack ${stack}`;
  return [at(source, path, ["services", "studio"], `services.studio is off, but the stack's setting studio names ${name} → ${how}`)];
}

/** Places where `off` is a word of ours. What reads it as false is refused by the schema, in words that name `off`. */
export function wordsOff(source: SourceFile): Set<number> {
  const projects = valueAt(source.value, ["projects"]);
  const owners = [["defaults"], ...(Array.isArray(projects) ? projects.map((_, index) => ["projects", index]) : [])];
  const places = owners.flatMap((owner) => [
    [...owner, "services", "realtime"],
    [...owner, "services", "studio"],
    [...owner, "backups", "schedule"],
  ]);
  return new Set(places.filter((place) => valueAt(source.value, place) === "off").map((place) => source.offset(place)));
}
