import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { reporter } from "../../../../cli/report.ts";
import { dockerStep, start } from "../../../../cli/steps/docker.ts";
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
test("one that answers is used whatever its version: no other is chosen", () =>
  expect(
    dockerStep(
      report,
      fakeRun({ "docker info": ok("20.10.24"), "docker context": ok("unix:///var/run/docker.sock"), dockerd: ok("Docker version 20.10.24, build 1") }).run,
      {},
      "/nowhere",
      () => Promise.reject(new Error("asked")),
    ),
  ).resolves.toEqual({}));

test("another engine's programs come first for itself, and for nobody else", async () => {
  const folder = mkdtempSync(join(tmpdir(), "docker-step-"));
  const before = process.env.PATH;
  try {
    const said = join(folder, "said");
    writeFileSync(join(folder, "dockerd"), `#!/bin/sh\necho "$PATH" "$@" >${said}.new && mv ${said}.new ${said}\n`);
    chmodSync(join(folder, "dockerd"), 0o755);
    await start(fakeRun({ "docker version": ok() }).run, join(folder, "state"), { programs: folder, args: ["--data-root", "/data"] });
    for (let turn = 0; turn < 100 && !existsSync(said); turn++) await sleep(50);
    expect(readFileSync(said, "utf8")).toBe(`${folder}:${before} --data-root /data\n`);
    expect(process.env.PATH).toBe(before);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
