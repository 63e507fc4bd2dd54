import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { reporter } from "../../../../cli/report.ts";
import { dockerStep, start, startEither } from "../../../../cli/steps/docker.ts";
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

test("where the other one does not start, its last words are said and the installed one is started", async () => {
  const folder = mkdtempSync(join(tmpdir(), "docker-step-"));
  const before = process.env.PATH;
  const dockerd = (name: string, script: string): string => {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "dockerd"), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name, "dockerd"), 0o755);
    return join(folder, name);
  };
  try {
    const up = join(folder, "up");
    process.env.PATH = `${dockerd("installed", `echo "$@" >${up}`)}:${before}`;
    const lines: string[] = [];
    const answers = (): ReturnType<typeof ok> => (existsSync(up) ? ok() : fails("no engine"));
    const run = (file: string, args: string[]) => fakeRun({ "docker version": answers() }).run(file, args);
    const other = { programs: dockerd("other", "echo no such filesystem; exit 1"), args: ["--data-root", "/data"] };
    await startEither(reporter((line) => lines.push(line)), run, join(folder, "state"), other);
    expect(lines.join()).toMatch(/the installed one is: dockerd did not start[^]*no such filesystem/);
    expect(readFileSync(up, "utf8")).toBe("\n");
  } finally {
    process.env.PATH = before;
    rmSync(folder, { recursive: true });
  }
});
