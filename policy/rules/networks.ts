import { fixedName } from "../../components/ours.ts";
import { type Container, dockerPolicy, known, labelOf, type Network } from "../lib/policy.ts";

/** Who may stand beside Postgres: SQL of a tenant sends HTTP to whatever does (DESIGN §13.4). */
const NEIGHBOURS = ["postgres", "door", "backup"];

export const networkMistakes = (network: Network): string[] =>
  labelOf(network, "service") === "db" && network.internal !== true
    ? ["is Postgres' network and not internal, so that SQL of a project reaches the internet. Set `internal: true`."]
    : [];

export function containerMistakes(container: Container): string[] {
  const service = labelOf(container, "service") ?? "";
  const database = fixedName(labelOf(container, "stack") ?? "", "db");
  const names = (container.networksAdvanced ?? []).map((network) => known(() => network.name));
  const isBesidePostgres = names.includes(database);
  return [
    ...(isBesidePostgres && !NEIGHBOURS.includes(service)
      ? ["stands in Postgres' network, where SQL of every project reaches it. Give it a door instead: PostgresServer.door."]
      : []),
    ...(service === "postgres" && names.some((name) => name !== undefined && name !== database)
      ? ["is Postgres, and stands in a network besides its own, so that SQL of a project reaches what is there. Give that network a door."]
      : []),
    ...(service === "scratch" && (container.networkMode !== "none" || names.length > 0)
      ? ['restores what others wrote, and has a network. Set `networkMode: "none"` and no `networksAdvanced`.']
      : []),
  ];
}

export const networks = dockerPolicy({
  name: "networks",
  description: "Postgres' network is internal, with doors and backups in it alone; what proves backups has no network.",
  container: containerMistakes,
  network: networkMistakes,
});
