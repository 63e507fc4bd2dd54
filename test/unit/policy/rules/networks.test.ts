import { expect, test } from "@jest/globals";
import { networks } from "../../../../policy/rules/networks.ts";
import { ask, UNKNOWN } from "../lib/ask.ts";
import { container, network } from "../lib/resources.ts";

const within = (...names: string[]) => ({ networksAdvanced: names.map((name) => ({ name })) });

test.each([
  ["Postgres' network, internal", network()],
  ["another one, with a way out", network({}, "plane")],
  ["Postgres in its own", container(within("iv-dev-db"), "postgres")],
  ["a door in two", container(within("iv-dev-plane", "iv-dev-db"), "door")],
  ["the backup container in two", container(within("iv-dev-db", "iv-dev-backup"), "backup")],
  ["a service in a network of a project with such a name", container(within("iv-dev-project-x-db"))],
  ["the one that proves backups, in none", container({ networkMode: "none", networksAdvanced: [] }, "scratch")],
  ["a network that is not known yet", container(within(UNKNOWN))],
  ["nothing that is known yet", container({ networkMode: UNKNOWN, networksAdvanced: UNKNOWN }, "scratch")],
  ["no word on its mode", container({ networkMode: undefined })],
])("conforms: %s", async (_, resource) => expect(await ask([networks], resource)).toEqual([]));

test.each([
  ["Postgres' network with a way out", network({ internal: false }), 'The network "db" is Postgres\' network and not internal'],
  ["the same, unsaid", network({ internal: undefined }), "not internal"],
  ["a service beside Postgres", container(within("iv-dev-plane", "iv-dev-db")), 'The container "blog-auth" stands in Postgres'],
  ["Postgres among the services", container(within("iv-dev-db", "iv-dev-plane"), "postgres"), "is Postgres, and stands in a network besides its own"],
  ["Postgres' network by the mode", container({ networkMode: "iv-dev-db" }), "stands in a network, or in another container's, by `networkMode`"],
  ["another container's network", container({ networkMode: "container:iv-dev-postgres" }), "stands in a network, or in another container's, by `networkMode`"],
  ["a network by its id", container(within("iv-dev-plane", "4f1d2c3b4a5968778695a4b3c2d1e0f94f1d2c3b4a5968778695a4b3c2d1e0f9")), "stands in a network that is not this server's by its name"],
  ["the beginning of an id", container(within("4f1d2c3b4a59")), "stands in a network that is not this server's by its name"],
  ["another server's network", container(within("iv-prod-db")), "stands in a network that is not this server's by its name"],
  ["the one that proves backups, in a network", container({ networkMode: "none", ...within("iv-dev-plane") }, "scratch"), "restores what others wrote, and has a network"],
  ["the same, in the engine's own", container({ networksAdvanced: undefined }, "scratch"), "restores what others wrote, and has a network"],
])("violates: %s", async (_, resource, message) => {
  const violation = { policy: "networks", level: "mandatory", message: expect.stringContaining(message) };
  expect(await ask([networks], resource)).toEqual([expect.objectContaining(violation)]);
});
