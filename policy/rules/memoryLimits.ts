import { type Container, dockerPolicy, labelOf } from "../lib/policy.ts";

/** There once, or as small as nginx: the check adds up what was measured (spec/capacity.ts), and an end of one would be everybody's. */
const UNLIMITED = ["postgres", "edge", "door"];

export const mistakes = (container: Container): string[] =>
  (container.memory ?? 0) > 0 || UNLIMITED.includes(labelOf(container, "service") ?? "")
    ? []
    : ["has no limit of memory. Set `memory`, and count it in spec/capacity.ts: what has none can take the whole server's."];

export const memoryLimits = dockerPolicy({
  name: "memory-limits",
  description: "Every container has a limit of memory, but Postgres, the edge and doors.",
  container: mistakes,
});
