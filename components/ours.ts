import type * as pulumi from "@pulumi/pulumi";

/** What every object that we make carries, so that it can be told from what others made (DESIGN §2, §13.7). */
export interface Ours {
  /** The Pulumi stack = the server. */
  stack: string;
  /** Identifies the Pulumi state that made the object: recovery deletes nothing of another one. */
  stateId: pulumi.Input<string>;
}

/** The fixed name of an object that there is once per stack: `iv-dev-postgres`. */
export const fixedName = (stack: string, thing: string): string => `iv-${stack}-${thing}`;

/** Labels in the shape of the docker provider. `project` is left out for what all projects share. */
export function labels(ours: Ours, service: string, project?: string) {
  return [
    { label: "indie-ventures.service", value: service },
    { label: "indie-ventures.stack", value: ours.stack },
    { label: "indie-ventures.state", value: ours.stateId },
    ...(project === undefined ? [] : [{ label: "indie-ventures.project", value: project }]),
  ];
}
