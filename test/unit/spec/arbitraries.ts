import fc from "fast-check";
import { LEAST_MEMORY } from "../../../spec/capacity.ts";
import { type Project, PROJECT_SERVICES, type ProjectService } from "../../../spec/project.ts";

const memory = fc.record(
  Object.fromEntries(PROJECT_SERVICES.map((service) => [service, fc.integer({ min: LEAST_MEMORY[service], max: 65_536 })])) as Record<
    ProjectService,
    fc.Arbitrary<number>
  >,
);

/** `limits` as the file may have them. */
export const limits = fc.record({ connections: fc.integer({ min: 27, max: 300 }), memory });

/** A project, as far as its size goes; an isolated one never has the plane's Realtime. */
export const project: fc.Arbitrary<Pick<Project, "name" | "architecture" | "services" | "limits">> = fc
  .record({
    name: fc.stringMatching(/^[a-z]{3,8}$/),
    architecture: fc.constantFrom("shared" as const, "isolated" as const),
    services: fc.record({ realtime: fc.constantFrom("shared" as const, "dedicated" as const, "off" as const), studio: fc.boolean() }),
    limits,
  })
  .filter(({ architecture, services }) => architecture === "shared" || services.realtime !== "shared");

export const projects = fc.uniqueArray(project, { selector: ({ name }) => name, maxLength: 30 });
