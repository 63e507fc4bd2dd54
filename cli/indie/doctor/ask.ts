// How doctor asks: with an end, and without a fault of one keeping it from the others.
import { z } from "zod";
import { Stop } from "../../report.ts";
import { lastWords, type Ran, succeeded } from "../../run.ts";
import type { Finding } from "./finding.ts";

export const SECONDS = 60;

/** @throws Stop with what it said last */
export function answered(ran: Ran): string {
  if (succeeded(ran)) return ran.stdout;
  throw new Stop(lastWords(ran, 2) || "no answer in time");
}

export interface About {
  what: string;
  service: string;
  project?: string;
  /** @default to look at the server, and to run this again */
  fix?: string;
}

export type Attempt = <T>(about: About, work: () => Promise<T>) => Promise<T | undefined>;

/** Asks; why there is no answer is a finding. What is thrown otherwise is a bug of ours. */
export const attempts =
  (findings: Finding[]): Attempt =>
  async ({ what, fix = "by hand: see that it answers, then run this again", ...whose }, work) => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Stop || error instanceof SyntaxError || error instanceof z.ZodError)) throw error;
      const said = error instanceof Stop ? error.message.replaceAll("\n", " ").trim() : "what it answers is not understood";
      findings.push({ rule: "unanswered", ...whose, what: `${what} could not be looked at: ${said}`, why: "nothing is known of it", fix, settles: true });
      return undefined;
    }
  };
