import { type Container, dockerPolicy, labelOf } from "../lib/policy.ts";

const LOOPBACK = ["127.0.0.1", "::1"];
type Port = NonNullable<Container["ports"]>[number];

/** HTTP, and HTTPS where the stack speaks it. */
const isSite = ({ internal, protocol = "tcp" }: Port): boolean => (internal === 80 || internal === 443) && protocol === "tcp";

const isPostgresDoor = ({ internal, ip, protocol = "tcp" }: Port): boolean => internal === 5432 && LOOPBACK.includes(ip ?? "") && protocol === "tcp";

/** Who publishes what the world may reach is the edge; Postgres is reached from the server itself. */
export function mistakes(container: Container): string[] {
  const service = labelOf(container, "service");
  const open = (container.ports ?? []).filter((port) => !(service === "edge" && isSite(port)) && !(service === "door" && isPostgresDoor(port)));
  return [
    ...open.map(
      ({ internal }) =>
        `publishes its port ${Number(internal)}. Take it out of \`ports\`: requests come through the edge, by its ports 80 and 443, and Postgres' door publishes 5432 on 127.0.0.1 alone.`,
    ),
    ...(container.publishAllPorts ? ["publishes all its ports. Take `publishAllPorts` away: requests come through the edge."] : []),
  ];
}

export const publishedPorts = dockerPolicy({
  name: "published-ports",
  description: "Only the edge publishes ports, and Postgres' door 5432 on 127.0.0.1.",
  container: mistakes,
});
