// The whole command; only Docker, Postgres and Pulumi are played.
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { Ajv } from "ajv";
import { readFileSync } from "node:fs";
import type { Should } from "../../../../../cli/indie/doctor/should.ts";
import { readShould } from "../../../../../cli/indie/doctor/should.ts";
import { doctor } from "../../../../../cli/indie/work/doctor.ts";
import type { DoctorJson } from "../../../../../cli/indie/json.ts";
import type { Export } from "../../../../../cli/pendingOperations.ts";
import type { Ran } from "../../../../../cli/run.ts";
import { fails, missing, ok } from "../../fakeRun.ts";
import { fake, type Fake } from "../fakeContext.ts";
import { backupOf, dockerOf, edgeOf, exported, gatewayOf, insideOf, postgresOf } from "./server.ts";

let state: Export;
let should: Should;
beforeAll(async () => {
  state = await exported();
  should = readShould("dev", state);
});

const validate = new Ajv().compile(JSON.parse(readFileSync(new URL("../../../../../schema/indie-doctor.schema.json", import.meta.url), "utf8")));

const fakes: Fake[] = [];
afterEach(() => fakes.splice(0).forEach((each) => each.remove()));

const jsonLines = (all: object[]) => ok(all.map((each) => JSON.stringify(each)).join("\n"));
const sums = (hashes: Record<string, string>, folder = "") => Object.entries(hashes).map(([file, hash]) => `${hash}  ${folder}${file}`).join("\n");
const id = (name: string) => should.containers.find((each) => each.name === name)!.id;

type Answers = Record<string, Ran | (() => Ran)>;

/** As Docker, Postgres, the containers and Pulumi answer while all is well. */
function well(): Answers {
  const docker = dockerOf(should);
  const containers = docker.containers.map(({ networks, state, health, ...container }) => ({ ...container, state: { Status: state, ...(health === null ? {} : { Health: { Status: health } }) }, networks: Object.fromEntries(Object.entries(networks).map(([name, network]) => [name, { NetworkID: network.id }])) }));
  const tenants = (container: string) => should.realtimeTenants.filter((tenant) => tenant.container === container);
  return {
    "pulumi stack export": ok(JSON.stringify(state)),
    "docker ps": ok(containers.map((each) => each.id).join("\n")),
    "docker network ls": ok(docker.networks.map((each) => each.id).join("\n")),
    "docker volume ls": ok(docker.volumes.join("\n")),
    "docker container inspect --format {\"id\"": jsonLines(containers),
    "docker network inspect": jsonLines(docker.networks),
    [`docker exec ${id("iv-dev-edge")} bash -c cd`]: ok(sums(edgeOf(should))),
    [`docker exec ${id("iv-dev-backup")} sh`]: ok(`${sums(backupOf(should).files)}\n${backupOf(should).folders.map((folder) => `folder ${folder}`).join("\n")}`),
    ...Object.fromEntries(
      should.gateways.map((gateway) => {
        const container = should.containers.find(({ volumes }) => volumes.some(({ name }) => name === gateway.volume))!;
        return [`docker exec ${container.id} bash -c`, ok(`${sums(gatewayOf(gateway.fragments).fragments, "fragments-2/")}\njoined there routes.json`)];
      }),
    ),
    ...Object.fromEntries(["iv-dev-realtime", "iv-dev-docs-realtime"].map((name) => [`docker exec --interactive ${id(name)} curl`, ok(tenants(name).map(() => "200").join("\n"))])),
    [`docker exec --interactive ${id("storage-1a2b3c4")} node`]: ok(JSON.stringify([{ status: 200, isMigrated: true }])),
    ...Object.fromEntries(should.tenancies.filter(({ inside }) => inside).map((tenancy) => [`docker exec --interactive iv-dev-postgres ${psqlWords(tenancy.database)}`, ok(JSON.stringify(insideOf(tenancy)))])),
    "docker exec --interactive iv-dev-postgres": ok(JSON.stringify(postgresOf(should))),
  };
}

const psqlWords = (database: string) => `psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 --username supabase_admin --dbname ${database}`;

async function run(answers: Answers = {}, { fix = false, json = true } = {}) {
  const made = fake({ answers: { ...answers, ...well(), ...answers }, json });
  fakes.push(made);
  const isWell = await doctor(made.context, { fix, pauseSeconds: 0.01 });
  const found = json ? (JSON.parse(made.printed.join("\n")) as DoctorJson) : undefined;
  if (found !== undefined) expect([validate(found), validate.errors]).toEqual([true, null]);
  if (found !== undefined) expect([found.healthy, found.findings.length === 0]).toEqual([isWell, isWell]);
  return { made, isWell, found: found! };
}

const exitedAuth = (): Ran => ok(String((well()['docker container inspect --format {"id"'] as Ran).stdout).replace(/("name":"docs-auth-1a2b3c4".*?"state":{"Status":)"running"/, '$1"exited"'));

describe("where all is well", () => {
  test("one line", async () => {
    const { made, isWell } = await run({}, { json: false });
    expect([isWell, made.printed]).toEqual([true, ["✓ dev: all is as the last update left it"]]);
  });

  test("for a program; and --fix runs nothing more", async () => {
    const once = await run();
    expect(once.found).toEqual({ stack: "dev", healthy: true, findings: [], fixed: [] });
    const fixing = await run({}, { fix: true });
    expect(fixing.found).toEqual(once.found);
    expect(fixing.made.ran.toSorted()).toEqual(once.made.ran.toSorted());
  });

  test("it only looks, and no secret is in an argument", async () => {
    const { made } = await run();
    for (const line of made.ran) expect(line).toMatch(/^(?:pulumi stack export --show-secrets --stack dev|docker (?:ps|network ls|volume ls|container inspect|network inspect|exec) )/);
    const secrets = [...should.roles.flatMap(({ password }) => password ?? []), ...should.realtimeTenants.map(({ stdin }) => /Bearer ([^"]+)"/.exec(stdin)![1]!)];
    expect(secrets.length).toBeGreaterThan(10);
    for (const secret of secrets) expect(made.ran.join("\n")).not.toContain(secret);
  });
});

test("what is found: what, where, why, and what --fix does", async () => {
  const { made, isWell } = await run({ 'docker container inspect --format {"id"': exitedAuth() }, { json: false });
  expect(isWell).toBe(false);
  expect(made.printed).toEqual(["✗ dev: 1 finding", "  - docs, auth: container docs-auth-1a2b3c4 is exited", "    why it matters: auth does not run for project docs", "    --fix: docker start"]);
});

test("what an owner wrote into a setting moves no terminal's cursor", async () => {
  const postgres = postgresOf(should);
  postgres.roles.docs_auth_admin!.settings.push("search_path=\u001b[2J\n✓ dev");
  const { made } = await run({ [`docker exec --interactive iv-dev-postgres ${psqlWords("postgres")}`]: ok(JSON.stringify(postgres)) }, { json: false });
  expect(made.printed[1]).toBe("  - docs, postgres: role docs_auth_admin has search_path = \\u{1b}[2J\\u{a}✓ dev, not auth");
});

describe("--fix", () => {
  test("puts it right, looks again, and says so", async () => {
    let isStarted = false;
    const answers: Answers = {
      'docker container inspect --format {"id"': () => (isStarted ? (well()['docker container inspect --format {"id"'] as Ran) : exitedAuth()),
      "docker start": () => ((isStarted = true), ok()),
      "docker container inspect --format {{.State.Status}}": ok("running healthy\n"),
    };
    const { made, isWell } = await run(answers, { fix: true, json: false });
    expect([isWell, made.printed]).toEqual([true, ["✓ put right: docs, auth: container docs-auth-1a2b3c4 is exited", "✓ dev: all is as the last update left it"]]);
    expect(made.ran).toContain(`docker start ${id("docs-auth-1a2b3c4")}`);
  });

  test("says what is left, and why", async () => {
    const { found, made } = await run({ 'docker container inspect --format {"id"': exitedAuth(), "docker start": fails("port is already allocated") }, { fix: true });
    expect(found).toMatchObject({ healthy: false, fixed: [], findings: [{ rule: "container", project: "docs", service: "auth", byHand: false, failure: "port is already allocated" }] });
    expect(made.ran.filter((line) => line.startsWith("docker start"))).toHaveLength(2);
  });

  test("waits for what is ill until it is well, once something was put right", async () => {
    const auth = (state: string, health: string) => ok(String((well()['docker container inspect --format {"id"'] as Ran).stdout).replace(/("name":"iv-dev-edge".*?"Status":)"running"/, `$1"${state}"`).replace(/("name":"docs-auth-1a2b3c4".*?"Health":{"Status":)"healthy"/, `$1"${health}"`));
    const looks = [auth("paused", "unhealthy"), auth("running", "unhealthy"), auth("running", "unhealthy"), auth("running", "healthy")];
    const answers: Answers = { 'docker container inspect --format {"id"': () => looks.shift()!, "docker unpause": ok() };
    const { found } = await run(answers, { fix: true });
    expect([found.fixed.map(({ what }) => what).toSorted(), looks]).toEqual([["container docs-auth-1a2b3c4 is unhealthy", "container iv-dev-edge is paused", "the edge's files could not be looked at: container iv-dev-edge does not run"], []]);
    // Where nothing was done there is nothing to wait for.
    const ill = [auth("running", "unhealthy"), auth("running", "healthy")];
    expect((await run({ 'docker container inspect --format {"id"': () => ill.shift()! }, { fix: true })).found.findings).toHaveLength(1);
  });

  test("changes nothing where an update was interrupted", async () => {
    const interrupted = { ...state, deployment: { ...state.deployment, pending_operations: [{ type: "creating", resource: { urn: "x", type: "y" } }] } };
    const { found, made } = await run({ "pulumi stack export": ok(JSON.stringify(interrupted)), 'docker container inspect --format {"id"': exitedAuth() }, { fix: true });
    expect(found.findings.map(({ rule }) => rule)).toEqual(["update", "container"]);
    expect(made.ran.filter((line) => line.startsWith("docker start"))).toEqual([]);
  });
});

describe("who does not answer is told, and the others are looked at", () => {
  test.each<[string, () => Answers, RegExp[]]>([
    ["Docker", () => ({ "docker ps": fails("Cannot connect to the Docker daemon") }), [/^Docker could not be looked at: Cannot connect/]],
    ["no Docker at all", () => ({ "docker ps": missing }), [/^Docker could not be looked at/]],
    ["Postgres", () => ({ "docker exec --interactive iv-dev-postgres psql": fails("psql: error: no") }), [/^Postgres could not be looked at: psql: error: no/]],
    ["one database", () => ({ [`docker exec --interactive iv-dev-postgres ${psqlWords("docs")}`]: fails("ERROR:  canceling statement") }), [/^database docs could not be looked at: ERROR/]],
    ["the edge", () => ({ [`docker exec ${id("iv-dev-edge")} bash`]: fails("no bash") }), [/^the edge's files could not be looked at: no bash/]],
    ["Realtime", () => ({ [`docker exec --interactive ${id("iv-dev-realtime")} curl`]: fails("curl: no") }), [/^the tenants of Realtime could not be looked at: it does not answer/]],
    ["Storage, in words of its own", () => ({ [`docker exec --interactive ${id("storage-1a2b3c4")} node`]: ok("oops") }), [/^the tenants of Storage could not be looked at: what it answers is not understood/]],
    ["the backup container", () => ({ [`docker exec ${id("iv-dev-backup")} sh`]: fails("no") }), [/^what the backup container knows could not be looked at: no/]],
  ])("%s", async (_, answers, expected) => {
    const { found } = await run(answers());
    expect(found.findings.map(({ rule }) => rule)).toEqual(expected.map(() => "unanswered"));
    for (const [index, pattern] of expected.entries()) expect(found.findings[index]!.what).toMatch(pattern);
  });

  test("a container that does not run: it, and what could not be seen in it", async () => {
    const answers = { 'docker container inspect --format {"id"': ok(String((well()['docker container inspect --format {"id"'] as Ran).stdout).replace(/("name":"iv-dev-edge".*?"state":{"Status":)"running"/, '$1"exited"')) };
    const { found, made } = await run(answers);
    expect(found.findings.map(({ what }) => what).sort()).toEqual(["container iv-dev-edge is exited", "the edge's files could not be looked at: container iv-dev-edge does not run"]);
    expect(made.ran.some((line) => line.startsWith(`docker exec ${id("iv-dev-edge")}`))).toBe(false);
  });
});

describe("without a state there is nothing to compare with", () => {
  test.each<[string, Ran, RegExp]>([
    ["no stack", fails("error: no stack named 'dev' found"), /was never brought up: there is nothing to compare with. Run: npx indie up/],
    ["no pulumi", missing, /There is no program `pulumi` on PATH/],
    ["no login", fails("error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions"), /PULUMI_BACKEND_URL is not set, and nobody is logged in/],
    ["an empty one", ok(JSON.stringify({ version: 3, deployment: {} })), /was never brought up/],
    ["a wrong passphrase", fails("error: incorrect passphrase"), /The passphrase \(from nowhere\) is not the one/],
    ["anything else", fails("error: disk"), /`pulumi stack export` failed:\nerror: disk/],
  ])("%s", async (_, said, message) => expect(run({ "pulumi stack export": said })).rejects.toThrow(message));
});
