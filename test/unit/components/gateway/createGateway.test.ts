import { beforeAll, describe, expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { GATEWAY_MEMORY } from "../../../../spec/index.ts";
import { projects, WORLD } from "../../../lib/gateway/world.ts";
import { everythingRegistered, mockEngine, type Registered } from "../../lib/mocks.ts";

let registered: Registered[];

beforeAll(async () => {
  registered = await mockEngine();
  const { Server } = await import("../../../../components/server/server.ts");
  const { createGateway } = await import("../../../../components/gateway/createGateway.ts");
  const server = new Server("server", { stack: "dev", engineVersion: "29.1.3" });
  for (const kind of ["envoy", "kong"] as const) {
    const args = { server, image: `${kind}:1`, networks: [{ name: "edge" }], memory: GATEWAY_MEMORY[kind], commonHosts: [WORLD.commonHost] };
    const gateway = createGateway(kind, kind, args);
    gateway.fragment(`blog-at-${kind}`, pulumi.output(projects(80)[0]!));
  }
  await everythingRegistered();
});

const inputsOf = (name: string, type: string) => registered.find((resource) => resource.name === name && resource.type === type)!.inputs;

describe.each(["envoy", "kong"] as const)("%s", (kind) => {
  test("one container of its image, with its limit, its files on a volume", () => {
    const container = inputsOf(kind, "docker:index/container:Container");
    expect(container).toMatchObject({ image: `${kind}:1`, memory: GATEWAY_MEMORY[kind], user: "0:0", entrypoints: ["bash", `/etc/${kind}/start.sh`] });
    expect(container.volumes).toMatchObject([{ containerPath: `/etc/${kind}/live` }]);
    expect((container.uploads as { file: string }[]).map(({ file }) => file)).toContain(`/etc/${kind}/fragments.sh`);
  });

  test("is told of a project through stdin alone", () => {
    const { create, delete: undo, stdin, environment } = inputsOf(`blog-at-${kind}-fragment`, "command:local:Command") as Record<string, any>;
    expect(create).toContain(`bash /etc/${kind}/fragment.sh put "$PROJECT"`);
    expect(undo).toContain(`bash /etc/${kind}/fragment.sh delete "$PROJECT"`);
    expect(JSON.stringify(stdin)).toContain(WORLD.keys.secretKey);
    expect(JSON.stringify([create, undo, environment])).not.toContain(WORLD.keys.secretKey);
  });
});

test("Kong's files that change are where Kong is told to look for them", () => {
  expect(inputsOf("kong", "docker:index/container:Container").envs).toContain("KONG_DECLARATIVE_CONFIG=/etc/kong/live/kong.json");
});
