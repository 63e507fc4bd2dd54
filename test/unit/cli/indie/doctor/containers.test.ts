import { beforeAll, describe, expect, test } from "@jest/globals";
import { checkDocker, type DockerIs } from "../../../../../cli/indie/doctor/containers.ts";
import type { Should } from "../../../../../cli/indie/doctor/should.ts";
import { dockerOf, labelsOf, wellServer, whats } from "./server.ts";

let should: Should;
let is: DockerIs;
beforeAll(async () => {
  should = await wellServer();
});
const well = () => (is = dockerOf(should));
const found = (name: string) => is.containers.find((container) => container.name === name)!;
const check = () => checkDocker(should, is);

test("where all is well nothing is found", () => {
  well();
  expect(check()).toEqual([]);
});

describe("a container", () => {
  test.each([
    ["exited", { do: "start", container: expect.any(String) }],
    ["created", { do: "start", container: expect.any(String) }],
    ["paused", { do: "unpause", container: expect.any(String) }],
    ["restarting", undefined],
    ["dead", undefined],
  ])("that is %s", (state, action) => {
    well();
    found("docs-rest-1a2b3c4").state = state;
    const [finding, ...others] = check();
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ rule: "container", project: "docs", service: "rest", what: `container docs-rest-1a2b3c4 is ${state}`, why: "rest does not run for project docs" });
    expect(finding!.action).toEqual(action);
  });

  test("that is unhealthy is told of, and one that starts just now is not", () => {
    well();
    found("docs-rest-1a2b3c4").health = "unhealthy";
    found("docs-auth-1a2b3c4").health = "starting";
    expect(check()).toMatchObject([{ what: "container docs-rest-1a2b3c4 is unhealthy", fix: "by hand: what it says is in docker logs docs-rest-1a2b3c4" }]);
  });

  test("that is gone is made again; without its volume it is not, as that would be a new one", () => {
    well();
    is.containers = is.containers.filter(({ name }) => name !== "iv-dev-postgres" && name !== "docs-rest-1a2b3c4");
    is.volumes = is.volumes.filter((name) => name !== "iv-dev-postgres-data");
    const findings = check();
    expect(whats(findings).sort()).toEqual(["container docs-rest-1a2b3c4 is gone", "container iv-dev-postgres is gone", "volume iv-dev-postgres-data is gone"]);
    expect(Object.fromEntries(findings.map(({ what, action }) => [what, action?.do]))).toEqual({ "container docs-rest-1a2b3c4 is gone": "remake", "container iv-dev-postgres is gone": undefined, "volume iv-dev-postgres-data is gone": undefined });
  });

  test("that would stay down after a restart of the server", () => {
    well();
    found("iv-dev-edge").restart = "no";
    expect(check()).toMatchObject([{ what: "container iv-dev-edge has restart policy no, not always", action: { do: "policy", policy: "always" } }]);
  });

  test("the old one of a replacement is none that should run, and no stray", () => {
    well();
    is.containers.push({ ...found("docs-rest-1a2b3c4"), id: "old-id", name: "docs-rest-0" });
    expect(checkDocker({ ...should, known: new Set([...should.known, "old-id"]) }, is)).toEqual([]);
  });
});

describe("networks and ports", () => {
  test("a container that is not in its network, or in one that was before", () => {
    well();
    delete found("docs-rest-1a2b3c4").networks["iv-dev-project-docs"];
    found("docs-door-1a2b3c4").networks["iv-dev-project-docs"] = { id: "before" };
    const findings = check();
    expect(findings.map(({ what, action }) => [what, action])).toEqual(
      expect.arrayContaining([
        ["container docs-rest-1a2b3c4 is not in network iv-dev-project-docs", expect.objectContaining({ do: "connect", network: "iv-dev-project-docs", aliases: [], isStale: false })],
        ["container docs-door-1a2b3c4 is not in network iv-dev-project-docs", expect.objectContaining({ do: "connect", aliases: ["postgres"], isStale: true })],
      ]),
    );
    expect(findings).toHaveLength(2);
  });

  test("of a container that does not run nothing more is told", () => {
    well();
    Object.assign(found("iv-dev-edge"), { state: "exited", networks: {}, ports: {} });
    expect(whats(check())).toEqual(["container iv-dev-edge is exited"]);
  });

  test("a network that is gone", () => {
    well();
    is.networks = is.networks.filter(({ name }) => name !== "iv-dev-plane");
    expect(check()).toMatchObject([{ rule: "network", what: "network iv-dev-plane is gone", action: { do: "remake" } }]);
  });

  test.each([[{}], [{ "80/tcp": null }], [{ "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "81" }] }], [{ "80/tcp": [{ HostIp: "0.0.0.0", HostPort: "80" }] }]])("a port that does not lead to its container: %j", (ports) => {
    well();
    found("iv-dev-edge").ports = ports;
    expect(check()).toMatchObject([{ rule: "port", service: "edge", what: "port 80 of 127.0.0.1 does not lead to container iv-dev-edge", action: { do: "restart" } }]);
  });
});

describe("what nobody knows", () => {
  const stranger = (name: string, labels: Record<string, string>, state = "running") => {
    well();
    is.containers.push({ id: "stray", name, labels, state, health: null, restart: "no", networks: {}, ports: {} });
    return check();
  };
  const OURS = labelsOf({ project: "docs", service: "rest" });

  test("a container of this stack's goes", () => {
    expect(stranger("docs-rest-0", OURS)).toMatchObject([{ rule: "stray", project: "docs", service: "rest", what: "container docs-rest-0 is this stack's, and the state does not know it", action: { do: "removeContainer", id: "stray" } }]);
    const { "indie-ventures.state": _, ...withoutState } = OURS;
    expect(stranger("docs-rest-0", withoutState)).toHaveLength(1);
  });

  test("another state's is left, and so is the one that makes Realtime's tables just now", () => {
    expect(stranger("docs-rest-0", { ...OURS, "indie-ventures.state": "another" })).toEqual([]);
    expect(stranger("docs-rest-0", { ...OURS, "indie-ventures.stack": "prod" })).toEqual([]);
    expect(stranger("happy_darwin", { "indie-ventures.stack": "dev", "indie-ventures.service": "realtime-schema" })).toEqual([]);
    expect(stranger("happy_darwin", { "indie-ventures.stack": "dev", "indie-ventures.service": "realtime-schema" }, "exited")).toHaveLength(1);
  });

  test("one that the state has lost and that serves stays: its fixed name, or routes that lead to it, say so", () => {
    well();
    is.containers = is.containers.map((container) => (["iv-dev-postgres", "docs-rest-1a2b3c4"].includes(container.name) ? { ...container, id: `${container.id}-lost` } : container));
    const lost = { ...should, containers: should.containers.filter(({ name }) => !["iv-dev-postgres", "docs-rest-1a2b3c4"].includes(name)) };
    const findings = checkDocker(lost, is);
    expect(findings.map(({ action, fix }) => [action, fix.startsWith("by hand: npx indie up")])).toEqual([[undefined, true], [undefined, true]]);
  });

  test("a network of this stack's goes, another state's is left, and one that containers are in stays", () => {
    well();
    is.networks.push({ id: "stray", name: "stray", labels: labelsOf({ service: "network" }) }, { id: "theirs", name: "theirs", labels: { ...labelsOf({ service: "network" }), "indie-ventures.state": "another" } });
    expect(check()).toMatchObject([{ rule: "stray", what: "network stray is this stack's, and the state does not know it", action: { do: "removeNetwork", id: "stray" } }]);
    well();
    is.networks.push({ id: "stray", name: "iv-dev-plane", labels: labelsOf({ service: "plane" }) });
    expect(check().map(({ action }) => action)).toEqual([undefined]);
  });
});
