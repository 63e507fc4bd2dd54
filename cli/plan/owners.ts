// Whose a resource is: a project's, or a part of the server's that all projects use. By the chain of its parents, never by how its name begins:
// `blog-api-fragment` is no resource of `blog`.
import { stateOf } from "./changes.ts";
import type { Preview } from "./preview.ts";
import { parseUrn } from "./urn.ts";

/** What all projects use, in the order in which it is told. */
export const PARTS = ["server", "postgres", "certificates", "edge", "plane", "backups"] as const;
export type Part = (typeof PARTS)[number];

export type Owner = { project: string } | { part: Part };

const OURS = "indie-ventures:index:";
const PART_OF: Record<string, Part> = { SharedSupabaseStack: "plane", PostgresServer: "postgres", Certificates: "certificates", Edge: "edge", Backups: "backups" };

/**
 * What a project has in a component of the plane: its routes in the gateway, its tenant in Realtime (components/gateway/gateway.ts,
 * components/realtimeServer.ts). Of these the name is all that says whose they are, by its end.
 */
const GUESTS: Record<string, string> = { Gateway: "-fragment", RealtimeServer: "-realtime-tenant" };

export class Owners {
  private readonly parents: Map<string, string>;

  constructor({ steps }: Preview) {
    this.parents = new Map(
      steps.flatMap((step) => {
        const parent = stateOf(step, "newState")?.parent ?? stateOf(step, "oldState")?.parent;
        return parent === undefined ? [] : [[step.urn, parent] as const];
      }),
    );
  }

  /** What of our components a resource is in, the innermost first; itself, where it is one. */
  components(urn: string): { word: string; name: string }[] {
    const chain: string[] = [];
    for (let at: string | undefined = urn; at !== undefined && !chain.includes(at); at = this.parents.get(at)) chain.push(at);
    return chain.map(parseUrn).flatMap(({ type, name }) => (type.startsWith(OURS) ? [{ word: type.slice(OURS.length), name }] : []));
  }

  of(urn: string): Owner {
    const components = this.components(urn);
    const project = components.find(({ word }) => word === "SupabaseProject") ?? guest(parseUrn(urn).name, components[0]?.word);
    if (project !== undefined) return { project: project.name };
    return { part: components.map(({ word }) => PART_OF[word]).find((part) => part !== undefined) ?? "server" };
  }
}

function guest(name: string, host: string | undefined): { name: string } | undefined {
  const end = host === undefined ? undefined : GUESTS[host];
  return end !== undefined && name.endsWith(end) ? { name: name.slice(0, -end.length) } : undefined;
}
