import { fixedName } from "../../components/ours.ts";
import { type Container, dockerPolicy, known, labelOf, type Network } from "../lib/policy.ts";

/** Who may stand beside Postgres: SQL of a tenant sends HTTP to whatever does (DESIGN §13.4). */
const NEIGHBOURS = ["postgres", "door", "backup"];

/** What says nothing of a network of ours: those are named in `networksAdvanced`, which is looked at. `host` is the policy host-access's. */
const MODES = ["", "bridge", "none", "host"];

export const networkMistakes = (network: Network): string[] =>
  labelOf(network, "service") === "db" && network.internal !== true
    ? ["is Postgres' network and not internal, so that SQL of a project reaches the internet. Set `internal: true`."]
    : [];

export function containerMistakes(container: Container): string[] {
  const service = labelOf(container, "service") ?? "";
  const stack = labelOf(container, "stack") ?? "";
  const database = fixedName(stack, "db");
  const names = (known(() => [...(container.networksAdvanced ?? [])]) ?? []).map((network) => known(() => network.name));
  // Docker takes an id, or the beginning of one, for a name.
  const isForeign = names.some((name) => name !== undefined && !name.startsWith(fixedName(stack, "")));
  return [
    ...(known(() => MODES.includes(container.networkMode ?? "")) === false
      ? ['stands in a network, or in another container\'s, by `networkMode`. Set it to "bridge" or "none", and name its networks in `networksAdvanced`.']
      : []),
    ...(isForeign
      ? ["stands in a network that is not this server's by its name. Name one of `Networks`, and not an id, in `networksAdvanced`."]
      : []),
    ...(names.includes(database) && !NEIGHBOURS.includes(service)
      ? ["stands in Postgres' network, where SQL of every project reaches it. Give it a door instead: PostgresServer.door."]
      : []),
    ...(service === "postgres" && names.some((name) => name !== undefined && name !== database)
      ? ["is Postgres, and stands in a network besides its own, so that SQL of a project reaches what is there. Give that network a door."]
      : []),
    ...(service === "scratch" && (known(() => container.networkMode === "none") === false || names.length > 0)
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
