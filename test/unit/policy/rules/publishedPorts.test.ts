import { expect, test } from "@jest/globals";
import { publishedPorts } from "../../../../policy/rules/publishedPorts.ts";
import { ask } from "../lib/ask.ts";
import { container } from "../lib/resources.ts";

const http = { internal: 80, external: 80, ip: "0.0.0.0" };
const postgres = { internal: 5432, external: 5432, ip: "127.0.0.1" };

test.each([
  ["no ports", container()],
  ["the edge's", container({ ports: [http] }, "edge")],
  ["the edge's with HTTPS", container({ ports: [http, { ...http, internal: 443, external: 8443 }] }, "edge")],
  ["the door's, on loopback", container({ ports: [postgres] }, "door")],
  ["the door's, on loopback of IPv6", container({ ports: [{ ...postgres, ip: "::1" }] }, "door")],
])("conforms: %s", async (_, resource) => expect(await ask([publishedPorts], resource)).toEqual([]));

test.each([
  ["a service's", container({ ports: [{ ...http, internal: 9999, ip: "127.0.0.1" }] }), 'The container "blog-auth" publishes its port 9999. Take it'],
  ["a service's, in a container that says nothing of itself", container({ ports: [http], labels: undefined }), "publishes its port 80"],
  ["another of the edge's", container({ ports: [http, { ...http, internal: 8081 }] }, "edge"), "publishes its port 8081"],
  ["the edge's by UDP", container({ ports: [{ ...http, internal: 443, protocol: "udp" }] }, "edge"), "publishes its port 443"],
  ["a service's with HTTPS", container({ ports: [{ ...http, internal: 443 }] }), "publishes its port 443"],
  ["Postgres' own", container({ ports: [postgres] }, "postgres"), "publishes its port 5432"],
  ["the door's, for all to reach", container({ ports: [{ ...postgres, ip: "0.0.0.0" }] }, "door"), "publishes its port 5432"],
  ["the door's, on no address, which is all of them", container({ ports: [{ internal: 5432, external: 5432 }] }, "door"), "publishes its port 5432"],
  ["another of the door's", container({ ports: [{ ...postgres, internal: 80 }] }, "door"), "publishes its port 80"],
  ["every port of the image", container({ publishAllPorts: true }), "publishes all its ports. Take `publishAllPorts` away"],
])("violates: %s", async (_, resource, message) => {
  const violation = { policy: "published-ports", level: "mandatory", message: expect.stringContaining(message) };
  expect(await ask([publishedPorts], resource)).toEqual([expect.objectContaining(violation)]);
});
