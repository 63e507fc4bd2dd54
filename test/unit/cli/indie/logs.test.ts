import { afterEach, describe, expect, test } from "@jest/globals";
import { logs, type LogsWish } from "../../../../cli/indie/work/logs.ts";
import { tools } from "../../../../cli/indie/tools.ts";
import { AlreadySaid, Stop } from "../../../../cli/report.ts";
import type { Ran } from "../../../../cli/run.ts";
import { fails, missing, ok } from "../fakeRun.ts";
import { containers, type Played } from "./dockerAnswers.ts";
import { fake, type Fake } from "./fakeContext.ts";

const SERVER: Played[] = [
  { name: "blog-rest-1", service: "rest", project: "blog" },
  { name: "blog-auth-1", service: "auth", project: "blog" },
  { name: "shop-auth-1", service: "auth", project: "shop" },
  { name: "shop-storage-1", service: "storage", project: "shop" },
  { name: "storage-1", service: "storage" },
  { name: "iv-dev-postgres", service: "postgres" },
];
const SAYS = {
  "docker logs --timestamps --tail=100 blog-auth-1": { ...ok("2026-01-01T00:00:01.000000000Z up\n2026-01-01T00:00:03.000000000Z \n"), stderr: "2026-01-01T00:00:04.000000000Z late" },
  "docker logs --timestamps --tail=100 blog-rest-1": ok("2026-01-01T00:00:02.000000000Z \u001b[31mred\u001b[0m | x"),
};

const fakes: Fake[] = [];
afterEach(() => fakes.splice(0).forEach((each) => each.remove()));

async function said(project: string, service?: string, more: { wish?: Partial<LogsWish>; answers?: Record<string, Ran> } = {}): Promise<Fake> {
  const made = fake({ answers: { ...containers(SERVER), ...SAYS, ...more.answers } });
  fakes.push(made);
  await logs(made.context, project, service, { tail: "100", ...more.wish });
  return made;
}
const asked = ({ ran }: Fake) => ran.slice(2);

test("the lines of all its own services, by their time, each with its service", async () => {
  const made = await said("blog");
  expect(made.printed).toEqual(["auth | up", "rest | red | x", "auth | ", "auth | late"]);
  expect(made.noted).toEqual([]);
  expect(made.ran[0]).toBe("docker ps --all --quiet --no-trunc --filter label=indie-ventures.stack=dev");
});

test("of one service, as they are", async () => {
  expect((await said("blog", "auth")).printed).toEqual(["up", "", "late"]);
});

test("what a tenant writes is no line of another service: nothing is written over, tabs stay", async () => {
  const line = "2026-01-01T00:00:01.000000000Z GET\t/\rauth | password of docs: x\b\b\u009b2K\r\n";
  expect((await said("blog", undefined, { answers: { "docker logs --timestamps --tail=100 blog-rest-1": ok(line) } })).printed).toContain(
    "rest | GET\t/\\u{d}auth | password of docs: x\\u{8}\\u{8}",
  );
  const followed = await said("blog", undefined, { wish: { follow: true }, answers: { "docker logs --follow": ok("a\rb") } });
  expect(followed.printed.toSorted()).toEqual(["auth | a\\u{d}b", "rest | a\\u{d}b"]);
});

test("of a service that it uses with others: that is said", async () => {
  const made = await said("blog", "storage", { answers: { "docker logs": ok("2026-01-01T00:00:01.000000000Z all") } });
  expect([made.printed, made.noted]).toEqual([["all"], ["storage is one for several projects: lines of others are among these."]]);
  expect(asked(made)).toEqual(["docker logs --timestamps --tail=100 storage-1"]);
});

test("its own one where it has one", async () => {
  const made = await said("shop", "storage", { answers: { "docker logs": ok() } });
  expect([asked(made), made.noted]).toEqual([["docker logs --timestamps --tail=100 shop-storage-1"], []]);
});

test("from a time on, and how many", async () => {
  const made = await said("blog", "auth", { wish: { since: "10m", tail: "all" }, answers: { "docker logs": ok() } });
  expect(asked(made)).toEqual(["docker logs --timestamps --tail=all --since=10m blog-auth-1"]);
});

describe("--follow", () => {
  test("prints what comes, of all of them", async () => {
    const made = await said("blog", undefined, { wish: { follow: true }, answers: { "docker logs --follow": ok("a\nb") } });
    expect(asked(made)).toEqual(["docker logs --follow --tail=100 blog-auth-1", "docker logs --follow --tail=100 blog-rest-1"]);
    expect(made.printed.toSorted()).toEqual(["auth | a", "auth | b", "rest | a", "rest | b"]);
  });

  test("that it failed is the exit code", async () => {
    const failing = said("blog", "auth", { wish: { follow: true }, answers: { "docker logs --follow": fails("Error response from daemon: no") } });
    await expect(failing).rejects.toThrow(new AlreadySaid(1));
  });
});

describe("what there is not", () => {
  test.each([
    ["a project", "blgo", undefined, 'The stack dev has no container of "blgo" → did you mean blog?'],
    ["a project, whatever the service", "nobody", "storage", 'The stack dev has no container of "nobody" → npx indie list'],
    ["a service, mistyped", "blog", "atuh", 'blog has no service "atuh" → did you mean auth?'],
    ["a service of another project", "blog", "functions", 'blog has no service "functions" → there are auth, postgres, rest, storage'],
  ])("%s", async (_, project, service, words) => {
    await expect(said(project, service)).rejects.toThrow(new Stop(words));
  });

  test.each([
    ["Docker", { "docker ps": missing }, "Docker does not answer:\nENOENT"],
    ["an engine", { "docker ps": fails("Cannot connect to the Docker daemon") }, "Docker does not answer:\nCannot connect to the Docker daemon"],
    ["such a time", { "docker logs": fails('invalid value for "since"') }, '`docker logs` failed:\ninvalid value for "since"'],
  ])("%s", async (_, answers, words) => {
    await expect(said("blog", "storage", { answers })).rejects.toThrow(new Stop(words));
  });
});

test("a container that goes while Docker is asked is none", async () => {
  const answers = containers(SERVER);
  const inspected = { ...answers["docker container inspect --format {"]!, exitCode: 1, stderr: "Error: No such container: x" };
  expect((await said("blog", "auth", { answers: { "docker container inspect --format {": inspected } })).printed).toHaveLength(3);
});

test("what a program says comes line by line, from stdout and stderr", async () => {
  const { stream } = await tools();
  const lines: string[] = [];
  expect(await stream("sh", ["-c", "echo one; echo two >&2; exit 3"], (line) => lines.push(line))).toBe(3);
  expect(lines.toSorted()).toEqual(["one", "two"]);
});
