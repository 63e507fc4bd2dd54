import { expect, test } from "@jest/globals";
import { docker, isLocalEngine } from "../../../../components/server/dockerCli.ts";
import { requireDocker } from "../../../../components/server/requireDocker.ts";

const says = (said: string) => async () => ({ failed: true, stdout: "", said });

test("an engine that does not answer is named, before anything is made", () =>
  expect(requireDocker("prod", says("Cannot connect to the Docker daemon"), "tcp://vm:2375")).rejects.toThrow(
    "Docker does not answer at tcp://vm:2375, which DOCKER_HOST names. Nothing was changed.\nCannot connect to the Docker daemon\nStart it, or set DOCKER_HOST to where it is, and run the same command again; on this computer `npm run up -- --stack prod` does that for you.",
  ));
test("one that answers is all that is asked for", () => expect(requireDocker("prod", async () => ({ failed: false, stdout: "4102029312 29.1.3\n", said: "" }))).resolves.toEqual({ memory: 3912, version: "29.1.3" }));
test("a CLI that ends well without an engine is not believed", () =>
  expect(requireDocker("prod", async () => ({ failed: false, stdout: "0 ", said: "Cannot connect" }))).rejects.toThrow("Cannot connect"));

test("the CLI that is not there says so", async () => {
  const { PATH } = process.env;
  try {
    process.env.PATH = "/nowhere";
    expect(await docker("version")).toMatchObject({ failed: true, said: "There is no program `docker` on PATH." });
  } finally {
    process.env.PATH = PATH;
  }
});

test.each([
  ["", true],
  ["unix:///var/run/docker.sock", true],
  ["tcp://127.0.0.1:2375", false],
  ["ssh://root@vm", false],
])("the engine at %j is this computer's: %j", (host, isLocal) => expect(isLocalEngine(host)).toBe(isLocal));
