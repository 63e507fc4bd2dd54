// What --fix runs, in which order, and what it must never do.
import { beforeAll, describe, expect, test } from "@jest/globals";
import { checkDocker } from "../../../../../cli/indie/doctor/containers.ts";
import { checkDatabases } from "../../../../../cli/indie/doctor/databases.ts";
import { checkEdge, checkGateway } from "../../../../../cli/indie/doctor/files.ts";
import { type Action, actionsOf, type Finding } from "../../../../../cli/indie/doctor/finding.ts";
import { fixAll } from "../../../../../cli/indie/doctor/fix.ts";
import { harmful } from "../../../../../cli/indie/doctor/remake.ts";
import type { Should } from "../../../../../cli/indie/doctor/should.ts";
import { checkTenants } from "../../../../../cli/indie/doctor/tenants.ts";
import { Interrupted } from "../../../../../cli/report.ts";
import type { Ran } from "../../../../../cli/run.ts";
import { fails, fakeRun, ok } from "../../fakeRun.ts";
import { dockerOf, gatewayOf, postgresOf, wellServer } from "./server.ts";

let should: Should;
beforeAll(async () => {
  should = await wellServer();
});

const finding = (action: Action, what = "it"): Finding => ({ rule: "file", service: "edge", what, why: "", fix: "a fix", action });
const command = (name: string) => should.commands.find((each) => each.name === name)!;

async function fixing(findings: Finding[], answers: Record<string, Ran | (() => Ran)> = {}, of = should) {
  const fake = fakeRun({ ...answers, "docker container inspect": ok("running healthy\n"), docker: ok(), "/bin/sh": ok() });
  const failures: [string, string][] = [];
  const noted: string[] = [];
  await fixAll({ stack: "dev", should: of, run: fake.run, env: {}, note: (line) => noted.push(line) }, findings, ({ what }, why) => failures.push([what, why]));
  return { ran: fake.ran, stdin: fake.stdin, failures, noted };
}

test("each action once, and those first that others need", () => {
  const connect = finding({ do: "removeNetwork", id: "n" });
  const start = finding({ do: "start", container: "c" });
  const sql = finding({ do: "sql", sql: "x" });
  expect(actionsOf([connect, sql, { ...sql, what: "another" }, start, { ...start, action: undefined }]).map(({ action, of }) => [action.do, of.length])).toEqual([["start", 1], ["sql", 2], ["removeNetwork", 1]]);
});

describe("what is run", () => {
  test.each<[Action, string[]]>([
    [{ do: "start", container: "c" }, ["docker start c", "docker container inspect --format {{.State.Status}} {{with .State.Health}}{{.Status}}{{else}}none{{end}} c"]],
    [{ do: "unpause", container: "c" }, ["docker unpause c"]],
    [{ do: "policy", container: "c", policy: "always" }, ["docker update --restart always c"]],
    [{ do: "connect", container: "c", network: "n", aliases: ["postgres"], isStale: false }, ["docker network connect --alias postgres n c"]],
    [{ do: "connect", container: "c", network: "n", aliases: [], isStale: true }, ["docker network disconnect --force n c", "docker network connect n c"]],
    [{ do: "exec", container: "c", words: ["bash", "x", "delete"] }, ["docker exec c bash x delete"]],
    [{ do: "removeContainer", id: "c" }, ["docker stop --time 60 c", "docker rm c"]],
    [{ do: "removeNetwork", id: "n" }, ["docker network rm n"]],
  ])("%j", async (action, ran) => expect((await fixing([finding(action)])).ran).toEqual(ran));

  test("a command as the provider runs it: secrets over stdin, and in no argument", async () => {
    const { create, stdin, urn } = command("shop-eu-fragment");
    const { ran, stdin: given } = await fixing([finding({ do: "replay", urn })]);
    expect([ran, given]).toEqual([[`/bin/sh -c ${create}`], [stdin]]);
    expect(stdin).toContain("sb_secret_");
    expect(ran.join()).not.toContain("sb_secret_");
  });

  test("SQL over stdin; what fails is said without the statement", async () => {
    const sql = finding({ do: "sql", sql: "alter role x password 'SCRAM-SHA-256$…'" });
    const said = fails("ERROR:  role \"x\" does not exist\nSTATEMENT: alter role x password 'SCRAM-SHA-256$…'");
    const { ran, stdin, failures } = await fixing([sql], { "docker exec --interactive iv-dev-postgres psql": said });
    expect(ran.join()).not.toContain("SCRAM");
    expect(stdin).toEqual(["alter role x password 'SCRAM-SHA-256$…'"]);
    expect(failures).toEqual([["it", 'ERROR:  role "x" does not exist']]);
  });

  // The state has what is needed before what needs it.
  test("commands in the order of the update: grants, tenants, routes, sites", async () => {
    const names = ["docs-tenancy", "docs-realtime-tenant", "docs-fragment", "docs-site"];
    const { noted } = await fixing(names.toReversed().map((name) => finding({ do: "replay", urn: command(name).urn }, name)), {}, { ...should, commands: names.map(command) });
    expect(noted).toEqual(names.map((name) => `  ${name}: a fix`));
  });

  test("Postgres is started before what needs it", async () => {
    const containers = ["iv-dev-postgres", "iv-dev-door", "docs-auth-1a2b3c4"].map((name) => should.containers.find((each) => each.name === name)!);
    const { ran } = await fixing(containers.toReversed().map(({ id }) => finding({ do: "start", container: id }, id)), {}, { ...should, containers });
    expect(ran.filter((line) => line.startsWith("docker start"))).toEqual(containers.map(({ id }) => `docker start ${id}`));
  });

  test("one that fails keeps no other from being put right", async () => {
    const { failures, ran } = await fixing([finding({ do: "removeNetwork", id: "n" }, "a network"), finding({ do: "removeContainer", id: "c" }, "a container")], { "docker stop": fails("Error: no"), "docker network rm": fails("has active endpoints") });
    expect(failures).toEqual([["a container", "Error: no"], ["a network", "has active endpoints"]]);
    expect(ran).toHaveLength(2);
  });
});

describe("Ctrl-C", () => {
  const pressed = (ran: Ran) => () => (process.emit("SIGINT", "SIGINT"), ran);
  const findings = [finding({ do: "start", container: "c" }, "a container"), finding({ do: "removeNetwork", id: "n" }, "a network")];

  test("what is under way is done, and nothing more is begun", async () => {
    const { run, ran } = fakeRun({ "docker start": pressed(ok()), "docker container inspect": ok("running healthy\n"), docker: ok() });
    const noted: string[] = [];
    const fixed = fixAll({ stack: "dev", should, run, env: {}, note: (line) => noted.push(line) }, findings, () => {});
    await expect(fixed).rejects.toThrow(new Interrupted("What was under way is done. Nothing more was begun: run the same command again."));
    expect(ran.map((line) => line.split(" ").slice(0, 3).join(" "))).toEqual(["docker start c", "docker container inspect"]);
    expect(noted).toEqual(["  a container: a fix", "  Ctrl-C: what is under way is brought to its end first. Ctrl-C again leaves at once"]);
  });

  test("that it failed is said", () =>
    expect(fixing(findings, { "docker start": pressed(fails("Error: no")) })).rejects.toThrow(
      new Interrupted("What was under way failed: Error: no. Nothing more was begun: run the same command again."),
    ));
});

/** Everything that is there is gone or wrong: whatever is offered then. */
function everythingWrong(): Finding[] {
  const docker = dockerOf(should);
  const postgres = postgresOf(should);
  const labels = docker.containers[0]!.labels;
  const stray = { ...docker.containers[0]!, id: "stray", name: "stray", labels };
  for (const container of docker.containers) Object.assign(container, { state: "exited" });
  return [
    ...checkDocker(should, { ...docker, containers: [...docker.containers, stray], volumes: [] }),
    ...checkDocker(should, { containers: [], networks: [], volumes: docker.volumes }),
    ...checkEdge(should, {}),
    ...should.gateways.flatMap((gateway) => checkGateway(gateway, should, gatewayOf([]))),
    ...checkDatabases(should, { ...postgres, databases: {} }, false),
    ...checkTenants(should, Object.fromEntries(should.commands.map(({ urn }) => [urn, { status: 404 }]))),
  ];
}

describe("what must never happen", () => {
  test("nothing that is run deletes a volume, a database, a role or a file that holds data", async () => {
    const findings = everythingWrong();
    expect(findings.length).toBeGreaterThan(80);
    const { ran, stdin } = await fixing(findings.filter(({ action }) => action?.do !== "remake"));
    const own = new Set(should.commands.map(({ create }) => `/bin/sh -c ${create}`));
    const others = ran.filter((line) => !own.has(line));
    expect(others.join("\n")).not.toMatch(/docker (?:volume|system|container prune)|--volumes|(?:drop|truncate|delete from)\b/i);
    expect([...new Set(others.map((line) => line.split(" ").slice(0, 2).join(" ")))].sort()).toEqual(["docker container", "docker rm", "docker start", "docker stop"]);
    expect(others.filter((line) => line.startsWith("docker rm"))).toEqual(["docker rm stray"]);
    // What a command does when it is deleted is never run.
    expect(ran.join("\n")).not.toMatch(/realtime-tenant delete|forget "\$DATABASE"/);
    expect(stdin.join("\n")).not.toMatch(/^drop (?:database|role)/im);
  });

  const urnOf = (type: string, name: string) => `urn:pulumi:dev::indie-ventures::${type}::${name}`;
  const role = urnOf("indie-ventures:index:ProjectDatabase$postgresql:index/role:Role", "docs-owner");

  test.each(["create", "update", "replace", "delete", "create-replacement", "delete-replaced", "import"])("an update that would %s a volume, a database, a seed or an image is not made", (op) => {
    const types = ["docker:index/volume:Volume", "postgresql:index/database:Database", "pulumi:index:Stash", "random:index/randomId:RandomId", "docker:index/remoteImage:RemoteImage", "pulumi:providers:postgresql"];
    const steps = types.map((type) => ({ op, urn: urnOf(`a:b:C$${type}`, "x") }));
    expect(harmful(steps, [])).toEqual(steps);
  });

  test("one that makes containers, networks, commands, and the role that is gone is", () => {
    const steps = [
      { op: "create", urn: urnOf("a:b:C$docker:index/container:Container", "docs-auth") },
      { op: "replace", urn: urnOf("command:local:Command", "docs-fragment") },
      { op: "create", urn: urnOf("docker:index/network:Network", "plane") },
      { op: "same", urn: urnOf("postgresql:index/database:Database", "docs") },
      { op: "create", urn: role },
    ];
    expect(harmful(steps, [role])).toEqual([]);
    expect(harmful(steps, [])).toEqual([{ op: "create", urn: role }]);
    expect(harmful([{ op: "replace", urn: role }], [role])).toHaveLength(1);
  });

  describe("what is gone is made again by one update", () => {
    const gone = () => ["docs-auth-1a2b3c4", "docs-rest-1a2b3c4"].map((name) => finding({ do: "remake", urn: should.containers.find((each) => each.name === name)!.urn }, name));
    const steps = (...all: object[]) => ok(JSON.stringify({ steps: all }));

    test("after a refresh of that alone", async () => {
      const { ran, failures } = await fixing(gone(), { "pulumi preview": steps({ op: "same", urn: "x" }), pulumi: ok(JSON.stringify({})) });
      const targets = gone().map(({ action }) => `--target ${action!.do === "remake" && action!.urn}`).join(" ");
      expect(ran.map((line) => line.replace(/^(pulumi \S+).*?( --target .*?)? --stack.*$/, "$1$2"))).toEqual(["pulumi preview", `pulumi refresh ${targets}`, "pulumi preview", "pulumi up", "pulumi stack", expect.stringMatching(/^docker exec .*keep-state$/)]);
      expect(failures).toEqual([]);
    });

    test("not where the file asks for other changes: nothing is changed then", async () => {
      const { ran, failures } = await fixing(gone(), { "pulumi preview": steps({ op: "create", urn: urnOf("docker:index/container:Container", "new-auth") }) });
      expect(ran).toEqual([expect.stringMatching(/^pulumi preview/)]);
      expect(failures).toEqual(gone().map(({ what }) => [what, "projects.yaml or the settings ask for other changes too (create new-auth), and it would make them all: npx indie up, then this again"]));
    });

    test("not where the update would replace a database", async () => {
      const previews = [steps(), steps({ op: "replace", urn: urnOf("postgresql:index/database:Database", "docs") })];
      const { ran, failures } = await fixing(gone(), { "pulumi preview": () => previews.shift()!, "pulumi refresh": ok() });
      expect(ran.some((line) => line.startsWith("pulumi up"))).toBe(false);
      expect(failures[0]![1]).toBe("the update would do more than that (replace docs): look at it with pulumi preview");
    });
  });
});
