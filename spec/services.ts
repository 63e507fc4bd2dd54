// The words of `services`, and which services are a project's own.
import type { Project, ProjectService } from "./project.ts";

export const REALTIME = ["shared", "dedicated", "off"] as const;
export const STUDIO = ["on-demand", "always", "off"] as const;

/** Those whose services run. The connections and slots of the others stay theirs, so that none comes back by a restart of Postgres. */
export const running = <P extends Pick<Project, "state">>(projects: readonly P[]): P[] => projects.filter(({ state }) => state === "present");

/** `architecture` and `services` as they are written, with the defaults; checked or not. */
export interface WrittenServices {
  architecture?: unknown;
  realtime?: unknown;
  studio?: unknown;
}

/** So that a move by one word needs no second one: what is shared in a shared project is its own in an isolated one. */
export function realtimeOf({ architecture, realtime = "shared" }: WrittenServices): Project["services"]["realtime"] {
  const word = REALTIME.find((each) => each === realtime) ?? "shared";
  return word === "shared" && architecture === "isolated" ? "dedicated" : word;
}

const studioWord = ({ architecture, studio = architecture === "isolated" ? "always" : "on-demand" }: WrittenServices): unknown => studio;

/** @param isNamed whether the stack's setting `studio` names the project */
export const hasStudio = (written: WrittenServices, isNamed: boolean): boolean =>
  studioWord(written) === "always" || (studioWord(written) === "on-demand" && isNamed);

/** Whether there may be a Studio, now or later. */
export const mayHaveStudio = (written: WrittenServices): boolean => studioWord(written) !== "off";

/** Why a service is not the project's own; undefined where it is, also where it does not run now. */
export function notOwn(service: ProjectService, written: WrittenServices): string | undefined {
  if (written.architecture === "isolated" || service === "auth" || service === "rest") return undefined;
  if (service === "studio") return mayHaveStudio(written) ? undefined : "services.studio is off";
  const realtime = realtimeOf(written);
  if (service !== "realtime" || realtime === "shared") return `${service} runs in the plane for all shared projects`;
  return realtime === "off" ? "services.realtime is off" : undefined;
}
