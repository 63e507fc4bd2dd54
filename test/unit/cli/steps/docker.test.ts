import { expect, test } from "@jest/globals";
import { reporter } from "../../../../cli/report.ts";
import { dockerStep } from "../../../../cli/steps/docker.ts";
import { fails, fakeRun, missing, ok } from "../fakeRun.ts";

const report = reporter(() => {});
const step = (answers: Parameters<typeof fakeRun>[0], env = {}) => dockerStep(report, fakeRun(answers).run, env, "/nowhere");

test("the engine that answers, at the default place", () =>
  expect(step({ "docker info": ok("28.2.2"), "docker context": ok("unix:///var/run/docker.sock"), dockerd: missing })).resolves.toEqual({}));
test("a context's engine, for the plugin that knows no contexts; and its TLS", () =>
  expect(
    step({ "docker info": ok("28.2.2"), "docker context": ok("tcp://vm:2376"), dockerd: missing }, { DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/certs" }),
  ).resolves.toEqual({ DOCKER_HOST: "tcp://vm:2376", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/certs" }));
test("one that does not answer is not replaced", () =>
  expect(step({ "docker info": fails("connection refused"), "docker context": ok("tcp://vm:2376"), dockerd: ok() })).rejects.toThrow(
    /Docker at tcp:\/\/vm:2376 does not answer[^]*connection refused/,
  ));
