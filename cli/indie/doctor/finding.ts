// What doctor finds, and what is done about it.
import type { DoctorJson } from "../json.ts";

/** The smallest thing that makes it true again. */
export type Action =
  /** `docker start`, and the wait until it is healthy. */
  | { do: "start"; container: string }
  | { do: "unpause"; container: string }
  /** Its ports are published anew. */
  | { do: "restart"; container: string }
  | { do: "policy"; container: string; policy: string }
  | { do: "connect"; container: string; network: string; aliases: string[]; isStale: boolean }
  /** The command that made it runs once more, as the state has it. */
  | { do: "replay"; urn: string }
  /** As superuser in database `postgres`. Holds no secret. */
  | { do: "sql"; sql: string }
  /** Words of a script inside a container, which takes a file away. */
  | { do: "exec"; container: string; words: string[] }
  /** Pulumi looks at it, sees that it is gone, and makes it. */
  | { do: "remake"; urn: string }
  | { do: "removeContainer"; id: string }
  | { do: "removeNetwork"; id: string };

export type Found = DoctorJson["findings"][number];
export type Rule = Found["rule"];

export interface Finding {
  rule: Rule;
  /** Undefined: it is several projects'. */
  project?: string;
  service: string;
  what: string;
  why: string;
  /** What puts it right, in words. */
  fix: string;
  /** Undefined: a person has to do it. */
  action?: Action;
  /** It may pass by itself once what it needs is there again. @default false */
  settles?: true;
}

/** The same thing in two looks. */
export const keyOf = ({ rule, project, service, what }: Finding): string => JSON.stringify([rule, project, service, what]);

/** Each action once, in the order in which they are to be done: what others need to be put right comes first. */
const ORDER: Action["do"][] = ["start", "unpause", "policy", "remake", "connect", "restart", "sql", "replay", "exec", "removeContainer", "removeNetwork"];

export function actionsOf(findings: readonly Finding[]): { action: Action; of: Finding[] }[] {
  const byText = new Map<string, { action: Action; of: Finding[] }>();
  for (const finding of findings) {
    if (finding.action === undefined) continue;
    const text = JSON.stringify(finding.action);
    const known = byText.get(text);
    if (known === undefined) byText.set(text, { action: finding.action, of: [finding] });
    else known.of.push(finding);
  }
  return [...byText.values()].toSorted((left, right) => ORDER.indexOf(left.action.do) - ORDER.indexOf(right.action.do));
}
