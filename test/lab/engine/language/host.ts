// A Node.js language host for the Pulumi CLI: the released one is not served as a Go module (facts/engine.md).
// The CLI starts `pulumi-language-nodejs <flags> <engine address>`, reads the port from the first line of stdout and speaks
// pulumirpc.LanguageRuntime (pulumi/language.proto) with it. What is not implemented here grpc-js answers with UNIMPLEMENTED.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Server, ServerCredentials, status } from "@grpc/grpc-js";
import type { sendUnaryData, ServerUnaryCall, ServerWritableStream } from "@grpc/grpc-js";
import { execa } from "execa";
import type { Options, Result } from "execa";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import services from "@pulumi/pulumi/proto/language_grpc_pb.js";
import type { ILanguageRuntimeServer } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import { nodeArguments, runArguments, runResult, runtimeOptions, typescriptEnvironment } from "./program.ts";

let engine = process.argv.at(-1) ?? "";
// Aborted by the CLI's Cancel.
const cancelled = new AbortController();

/** Starts node; SIGINT first so that the program may tidy up, SIGKILL after five seconds. Its output is the caller's to read. */
function node(args: string[], signal: AbortSignal, options: Options = {}) {
  return execa(process.execPath, args, {
    ...options, stdin: "ignore", stdout: "pipe", stderr: "pipe", buffer: false, reject: false,
    cancelSignal: AbortSignal.any([cancelled.signal, signal]), killSignal: "SIGINT", forceKillAfterDelay: 5000,
  });
}

const ended = (result: Result) => runResult({ exitCode: result.exitCode, signal: result.signal, message: result.shortMessage });
const optionsOf = (info: language.ProgramInfo) => runtimeOptions(info.getOptions()?.toJavaScript() ?? {});
// Resolved from the program: it must run on the SDK it imports, not on this repository's.
const moduleOf = (info: language.ProgramInfo, path: string) => createRequire(join(info.getProgramDirectory(), "package.json")).resolve(path);

async function run(request: language.RunRequest, signal: AbortSignal): Promise<language.RunResponse> {
  const info = request.getInfo()!;
  if (request.getAttachDebugger()) throw new Error("the lab's language host does not attach debuggers");
  const options = optionsOf(info);
  const args = runArguments({
    monitor: request.getMonitorAddress(), engine, organization: request.getOrganization(), project: request.getProject(),
    rootDirectory: info.getRootDirectory(), stack: request.getStack(), programDirectory: info.getProgramDirectory(),
    dryRun: request.getDryrun(), parallel: request.getParallel(), entryPoint: info.getEntryPoint(), args: request.getArgsList(),
  });
  const child = node([...nodeArguments(options), moduleOf(info, "@pulumi/pulumi/cmd/run"), ...args], signal, {
    env: {
      ...typescriptEnvironment(options),
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toArray())),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    },
  });
  // Not inherited: a node child changes the blocking mode of what it shares with its parent.
  child.stdout!.pipe(process.stdout, { end: false });
  child.stderr!.pipe(process.stderr, { end: false });
  const { error, bail } = ended(await child);
  return new language.RunResponse().setError(error).setBail(bail);
}

const environment = (entries: string[]) =>
  Object.fromEntries(entries.map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]));

type Stream<Q, A> = ServerWritableStream<Q, A>;

/** A policy pack, or a plugin written in TypeScript: the engine reads its port from the streamed stdout. */
async function runPlugin(call: Stream<language.RunPluginRequest, language.RunPluginResponse>, signal: AbortSignal) {
  const info = call.request.getInfo()!;
  const options = optionsOf(info);
  const policyPack = call.request.getKind() === "analyzer";
  const runner = moduleOf(info, `@pulumi/pulumi/cmd/${policyPack ? "run-policy-pack" : "run-plugin"}`);
  const directory = info.getProgramDirectory();
  const args = policyPack ? [...call.request.getArgsList(), directory] : [directory, ...call.request.getArgsList()];
  const child = node([...nodeArguments(options), runner, ...args], signal, {
    cwd: policyPack ? directory : call.request.getPwd(),
    extendEnv: false, env: { ...environment(call.request.getEnvList()), ...typescriptEnvironment(options) },
  });
  child.stdout!.on("data", (chunk: Buffer) => call.write(new language.RunPluginResponse().setStdout(chunk)));
  child.stderr!.on("data", (chunk: Buffer) => call.write(new language.RunPluginResponse().setStderr(chunk)));
  const { exitCode } = await child;
  call.write(new language.RunPluginResponse().setExitcode(exitCode ?? 1));
}

type Installing = Stream<language.InstallDependenciesRequest, language.InstallDependenciesResponse>;

async function installDependencies(call: Installing, signal: AbortSignal) {
  const cwd = call.request.getInfo()!.getProgramDirectory();
  const options = { cwd, stdin: "ignore", buffer: false, reject: false, cancelSignal: signal } as const;
  const child = execa("npm", ["install", "--loglevel=error"], options);
  child.stdout.on("data", (chunk: Buffer) => call.write(new language.InstallDependenciesResponse().setStdout(chunk)));
  child.stderr.on("data", (chunk: Buffer) => call.write(new language.InstallDependenciesResponse().setStderr(chunk)));
  const result = await child;
  if (result.failed) throw new Error(`npm install: ${ended(result).error}`);
}

/** The packages of the program: npm's own record of what it installed. */
function dependencies(request: language.GetProgramDependenciesRequest): language.GetProgramDependenciesResponse {
  const directory = request.getInfo()!.getProgramDirectory();
  const read = (path: string) => JSON.parse(readFileSync(join(directory, path), "utf8"));
  const { dependencies = {}, devDependencies = {} } = read("package.json");
  const isDirect = (path: string, name: string) => path === `node_modules/${name}` && name in { ...dependencies, ...devDependencies };
  const list = Object.entries<{ version: string }>(read("node_modules/.package-lock.json").packages)
    .map(([path, { version }]) => ({ path, name: path.replace(/^.*node_modules\//, ""), version }))
    .filter(({ path, name }) => request.getTransitivedependencies() || isDirect(path, name))
    .map(({ name, version }) => new language.DependencyInfo().setName(name).setVersion(version));
  return new language.GetProgramDependenciesResponse().setDependenciesList(list);
}

// grpc-js knows callbacks only; these two give each method a promise and a signal that the caller has gone away.
const failure = (error: unknown) => ({ code: status.UNKNOWN, details: error instanceof Error ? error.message : String(error) });

function unary<Q, A>(method: (request: Q, signal: AbortSignal) => A | Promise<A>) {
  return (call: ServerUnaryCall<Q, A>, answer: sendUnaryData<A>) => {
    const gone = new AbortController();
    call.on("cancelled", () => gone.abort());
    const answered = async () => method(call.request, gone.signal);
    answered().then((value) => answer(null, value), (error) => answer(failure(error)));
  };
}

function streaming<Q, A>(method: (call: Stream<Q, A>, signal: AbortSignal) => Promise<void>) {
  return (call: Stream<Q, A>) => {
    const gone = new AbortController();
    call.on("cancelled", () => gone.abort());
    method(call, gone.signal).then(() => call.end(), (error) => call.destroy(Object.assign(new Error(failure(error).details), failure(error))));
  };
}

const version: string = createRequire(import.meta.url)("@pulumi/pulumi/package.json").version;

const host: Partial<ILanguageRuntimeServer> = {
  handshake: unary((request: language.LanguageHandshakeRequest) => {
    engine = request.getEngineAddress();
    return new language.LanguageHandshakeResponse();
  }),
  getPluginInfo: unary(() => new plugin.PluginInfo().setVersion(version)),
  // None: a plugin that is named here and not on PATH costs 2.3 s of look-ups in the network, even when no resource needs it
  // (facts/engine.md). The engine finds those that are needed by itself.
  getRequiredPackages: unary(() => new language.GetRequiredPackagesResponse()),
  run: unary(run),
  runPlugin: streaming(runPlugin),
  installDependencies: streaming(installDependencies),
  getProgramDependencies: unary(dependencies),
  about: unary(() => new language.AboutResponse().setExecutable(process.execPath).setVersion(process.version)),
  runtimeOptionsPrompts: unary(() => new language.RuntimeOptionsResponse()),
  template: unary(() => new language.TemplateResponse()),
  cancel: unary(() => {
    cancelled.abort();
    return new empty.Empty();
  }),
};

const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
server.addService(services.LanguageRuntimeService, host as ILanguageRuntimeServer);
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  // The CLI holds our stdin as long as it lives, however it ends; one that has no more need of us sends an interrupt, and a kill
  // after 5 s (pulumi v3.259.0 resource/plugin/plugin.go). Ending the calls ends what runs for them. Not looked at before: a server
  // that is shut down while it still binds goes on for ever.
  const end = () => {
    server.forceShutdown();
    process.stdin.destroy();
  };
  process.stdin.resume().on("end", end);
  process.on("SIGINT", end);
  process.stdout.write(`${port}\n`);
});
