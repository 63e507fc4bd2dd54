import { stackOption } from "../../options.ts";
import { Misuse } from "../../report.ts";
import type { Context } from "../context.ts";
import { projectsOfStack, requireProject } from "./change.ts";
import { chooseProject } from "./changeState.ts";
import { needStackProjects, type StackProject } from "./outputs.ts";

export interface Which {
  /** As typed. */
  name: string | undefined;
  /** The command, for the words. */
  command: string;
  /** What is done with it, for the question. */
  verb: string;
}

/**
 * One project of the stack, with its secrets. A person is asked which.
 *
 * @throws Misuse where nobody can be asked; Stop where it is not on the server
 */
export async function projectWithSecrets(context: Context, { name, command, verb }: Which): Promise<StackProject & { name: string }> {
  if (name === undefined && context.ask === undefined) throw new Misuse(`Which project? npx indie ${command} <project>${stackOption(context.stack)}`);
  const all = await needStackProjects(context, true);
  const chosen = name ?? (await chooseProject(context, Object.keys(all), verb));
  requireProject(Object.keys(all), chosen, projectsOfStack(context));
  return { ...all[chosen]!, name: chosen };
}
