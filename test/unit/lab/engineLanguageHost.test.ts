// The language host as the CLI uses it: started, asked over gRPC, ended by the end of its stdin. The program's runner is a stub.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { credentials } from "@grpc/grpc-js";
import { execa } from "execa";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import services from "@pulumi/pulumi/proto/language_grpc_pb.js";
import type { LanguageRuntimeClient } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";

// Each test starts processes; on a machine with other work to do one start takes seconds.
jest.setTimeout(60_000);

let folder: string;
let host: ReturnType<typeof start>;
let client: LanguageRuntimeClient;
let output: string;

const start = () => {
  const args = ["--disable-warning=ExperimentalWarning", "test/lab/engine/language/host.ts", "-v=1", "127.0.0.1:9"];
  return execa(process.execPath, args, { reject: false, buffer: false, stdin: "pipe" });
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "language-host-"));
  host = start();
  const [port] = await once(host.stdout, "data");
  output = "";
  host.stdout.on("data", (chunk) => (output += chunk));
  host.stderr.on("data", (chunk) => (output += chunk));
  client = new services.LanguageRuntimeClient(`127.0.0.1:${Number(String(port))}`, credentials.createInsecure());
});

afterEach(async () => {
  client.close();
  host.stdin.end();
  await host;
  rmSync(folder, { recursive: true });
});

/** A program folder whose SDK is `run`, an ordinary script. */
function program(run: string, command = "run"): language.ProgramInfo {
  const runner = join(folder, "node_modules/@pulumi/pulumi/cmd", command);
  mkdirSync(runner, { recursive: true });
  writeFileSync(join(runner, "index.js"), run);
  writeFileSync(join(folder, "package.json"), "{}");
  const options = struct.Struct.fromJavaScript({ typescript: false, nodeargs: "--stack-trace-limit=7" });
  return new language.ProgramInfo().setRootDirectory(folder).setProgramDirectory(folder).setEntryPoint("index.ts").setOptions(options);
}

function runRequest(info: language.ProgramInfo): language.RunRequest {
  const request = new language.RunRequest().setMonitorAddress("127.0.0.1:1").setProject("p").setStack("s").setDryrun(true).setInfo(info);
  request.getConfigMap().set("p:key", "value");
  return request.setConfigsecretkeysList(["p:key"]);
}

const run = (request: language.RunRequest) =>
  new Promise<language.RunResponse.AsObject>((resolve, reject) => {
    client.run(request, (error, response) => (error ? reject(error) : resolve(response.toObject())));
  });

test("ends when its CLI was gone before it could answer", async () => {
  const orphan = start();
  orphan.stdin.end();
  expect((await orphan).exitCode).toBe(0);
});

test("tells the SDK's version", async () => {
  const answer = await new Promise((resolve, reject) => {
    client.getPluginInfo(new empty.Empty(), (error, info) => (error ? reject(error) : resolve(info.getVersion())));
  });
  expect(answer).toBe(JSON.parse(readFileSync("node_modules/@pulumi/pulumi/package.json", "utf8")).version);
});

test("runs a program with its flags and configuration, and passes on what it says", async () => {
  const info = program(`
    console.log(JSON.stringify([process.argv.slice(2), process.env.PULUMI_CONFIG, process.env.PULUMI_CONFIG_SECRET_KEYS, process.execArgv]));
    console.error("to stderr");`);
  expect(await run(runRequest(info))).toEqual({ error: "", bail: false });
  const [line] = output.split("\n");
  expect(JSON.parse(line)).toEqual([
    [
      "--monitor", "127.0.0.1:1", "--engine", "127.0.0.1:9", "--project", "p", "--root-directory", folder, "--stack", "s",
      "--pwd", folder, "--parallel", "0", "--dry-run", "index.ts",
    ],
    '{"p:key":"value"}', '["p:key"]', ["--stack-trace-limit=7"],
  ]);
  expect(output).toContain("to stderr");
});

test("an error that the program has shown is not told again", async () => {
  expect(await run(runRequest(program("process.exit(32)")))).toEqual({ error: "", bail: true });
});

test("any other end is told", async () => {
  expect(await run(runRequest(program("process.exit(3)")))).toEqual({ error: "Program exited with non-zero exit code: 3", bail: false });
});

test("a program without the SDK is an error", async () => {
  const info = new language.ProgramInfo().setProgramDirectory(folder).setEntryPoint(".");
  await expect(run(runRequest(info))).rejects.toThrow("Cannot find module '@pulumi/pulumi/cmd/run'");
});

test("runs a policy pack in its own folder, on the SDK that is found from there, and streams what it says", async () => {
  const info = program("console.log(JSON.stringify([process.argv.slice(2), process.cwd(), process.env.KEY]))", "run-policy-pack");
  const request = new language.RunPluginRequest().setInfo(info).setKind("analyzer").setPwd("/").setArgsList(["127.0.0.1:9"]).setEnvList(["KEY=a=b"]);
  let said = "";
  let exitCode: number | undefined;
  const call = client.runPlugin(request);
  call.on("data", (response: language.RunPluginResponse) => {
    if (response.hasStdout()) said += Buffer.from(response.getStdout_asU8()).toString();
    if (response.hasExitcode()) exitCode = response.getExitcode();
  });
  await once(call, "end");
  expect([JSON.parse(said), exitCode]).toEqual([[["127.0.0.1:9", folder], folder, "a=b"], 0]);
});

const running = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test("a program does not outlive the CLI", async () => {
  const info = program("console.log('pid ' + process.pid); setInterval(() => {}, 1000);");
  const answer = run(runRequest(info)).catch(() => undefined);
  while (!output.includes("\n")) await once(host.stdout, "data");
  const pid = Number(output.match(/pid (\d+)/)![1]);
  expect(running(pid)).toBe(true);
  host.stdin.end();
  await host;
  await answer;
  expect(running(pid)).toBe(false);
});

test("an interrupt ends the host, and the program that runs", async () => {
  const info = program("console.log('started'); setInterval(() => {}, 1000);");
  const answer = run(runRequest(info)).catch(() => "ended");
  while (!output.includes("started")) await once(host.stdout, "data");
  host.kill("SIGINT");
  expect((await host).exitCode).toBe(0);
  expect(await answer).toBe("ended");
});

test("Cancel ends the program, the host goes on", async () => {
  const info = program("console.log('started'); setInterval(() => {}, 1000);");
  const answer = run(runRequest(info));
  while (!output.includes("started")) await once(host.stdout, "data");
  await new Promise((resolve) => client.cancel(new empty.Empty(), resolve));
  expect(await answer).toEqual({ error: "Program was ended by SIGINT", bail: false });
});
