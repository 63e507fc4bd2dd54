// The resource provider protocol on `@pulumi/pulumi`'s own generated messages. Not `@pulumi/pulumi/provider`'s `main`:
// its server drops the provider's configuration and the preview flag (provider/server.js of 3.259.0), which a
// postgresql plugin cannot do without, and it loads the whole SDK (0.39 s of start instead of 0.24 s).
import { createRequire } from "node:module";
import { Metadata, Server, ServerCredentials, credentials, status } from "@grpc/grpc-js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import statusMessages from "@pulumi/pulumi/proto/status_pb.js";
import anyMessages from "google-protobuf/google/protobuf/any_pb.js";
import emptyMessages from "google-protobuf/google/protobuf/empty_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { difference } from "./difference.ts";
import { InitializationFailed, known } from "./plugin.ts";
import { decode, encode, revealAll } from "./value.ts";
import type { sendUnaryData, ServerUnaryCall } from "@grpc/grpc-js";
import type { Difference, Plugin, ResourceContext, ResourceType } from "./plugin.ts";
import type { Properties } from "./value.ts";

/** That of the program's package, so that the engine takes it for the one that is asked for; the build says what it is. */
export const versionOf = (plugin: string): string => `${createRequire(import.meta.url)(`@pulumi/${plugin}/package.json`).version}+lab`;

type Wire = InstanceType<typeof struct.Struct>;
const toProperties = (wire: Wire | undefined) => decode(wire?.toJavaScript() ?? {}) as Properties;
const toWire = (properties: Properties) => struct.Struct.fromJavaScript(encode(properties));

/** The type in `urn:pulumi:<stack>::<project>::<parent types>$<type>::<name>`. */
export function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

/** The name in a URN; it may itself hold `::`. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** An error as gRPC carries it; a partial failure carries what exists, so that the engine keeps it. */
function toServiceError(error: unknown): { code: number; message: string; metadata: Metadata } {
  const message = error instanceof Error ? error.message : String(error);
  const metadata = new Metadata();
  if (error instanceof InitializationFailed) {
    const failed = new messages.ErrorResourceInitFailed();
    failed.setId(error.id).setProperties(toWire(error.state)).setReasonsList([message]);
    const details = new anyMessages.Any();
    details.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const answer = new statusMessages.Status();
    answer.setCode(status.UNKNOWN).setMessage(message).addDetails(details);
    metadata.add("grpc-status-details-bin", Buffer.from(answer.serializeBinary()));
  }
  return { code: status.UNKNOWN, message, metadata };
}

/** Aborted by the engine's Cancel, for every operation of this process. */
const cancellation = new AbortController();

/** @param seconds the request's timeout; 0 = none. */
function signalFor(seconds: number): AbortSignal {
  return seconds > 0 ? AbortSignal.any([cancellation.signal, AbortSignal.timeout(seconds * 1000)]) : cancellation.signal;
}

/** Operations under way, so that a plugin whose engine died ends only after its work. */
let running = 0;

function method<Request, Response>(answer: (request: Request) => Promise<Response> | Response) {
  return async (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) => {
    running++;
    try {
      callback(null, await answer(call.request));
    } catch (error) {
      callback(toServiceError(error));
    } finally {
      running--;
    }
  };
}

type StatusSender = (urn: string, line: string) => Promise<void>;

/** Sends progress lines to the engine; its messages are loaded with the first line only. */
function statusSender(engineAddress: string | undefined): StatusSender {
  let send: StatusSender | undefined;
  return async (urn, line) => {
    if (engineAddress === undefined) return;
    send ??= connectEngine(engineAddress);
    await send(urn, line);
  };
}

function connectEngine(address: string): StatusSender {
  const require = createRequire(import.meta.url);
  const { EngineClient } = require("@pulumi/pulumi/proto/engine_grpc_pb.js");
  const { LogRequest, LogSeverity } = require("@pulumi/pulumi/proto/engine_pb.js");
  const engine = new EngineClient(address, credentials.createInsecure());
  return (urn, line) => {
    const request = new LogRequest();
    request.setSeverity(LogSeverity.INFO).setUrn(urn).setMessage(line).setEphemeral(true);
    return new Promise((resolve) => engine.log(request, () => resolve())); // A lost line fails no operation.
  };
}

function toDiffResponse(found: Difference): InstanceType<typeof messages.DiffResponse> {
  const { DiffChanges } = messages.DiffResponse;
  const response = new messages.DiffResponse();
  const entries = Object.entries(found.changes);
  response.setChanges(entries.length > 0 ? DiffChanges.DIFF_SOME : DiffChanges.DIFF_NONE).setHasdetaileddiff(found.detailed ?? true);
  for (const [path, kind] of found.detailed === false ? [] : entries) {
    const change = new messages.PropertyDiff();
    change.setKind(messages.PropertyDiff.Kind[kind]).setInputdiff(found.inputDiff ?? false);
    response.getDetaileddiffMap().set(path, change);
  }
  const topLevel = (path: string) => path.split(/[.[]/, 1)[0] ?? path;
  const replaced = entries.filter(([, kind]) => kind.endsWith("_REPLACE")).map(([path]) => topLevel(path));
  response.setReplacesList([...new Set(replaced)].sort());
  response.setDiffsList([...new Set(entries.map(([path]) => topLevel(path)))].sort());
  response.setDeletebeforereplace(replaced.length > 0 && (found.deleteBeforeReplace ?? false));
  return response;
}

function toCheckResponse(checked: { inputs: Properties; failures?: { property: string; reason: string }[] }) {
  const failures = (checked.failures ?? []).map(({ property, reason }) => {
    const failure = new messages.CheckFailure();
    return failure.setProperty(property).setReason(reason);
  });
  const response = new messages.CheckResponse();
  return response.setInputs(toWire(checked.inputs)).setFailuresList(failures);
}

function providerMethods(plugin: Plugin) {
  return {
    getPluginInfo: method(() => new pluginMessages.PluginInfo().setVersion(versionOf(plugin.name))),
    getSchema: method(() => new messages.GetSchemaResponse().setSchema(JSON.stringify({ name: plugin.name, version: versionOf(plugin.name) }))),
    cancel: method(() => {
      cancellation.abort();
      return new emptyMessages.Empty();
    }),
    attach: method(() => new emptyMessages.Empty()),
    checkConfig: method((request: InstanceType<typeof messages.CheckRequest>) =>
      toCheckResponse({ inputs: toProperties(request.getNews()) }),
    ),
    // Upstream replaces no resource for a change of its provider's configuration (facts/pulumi.md §1.7).
    diffConfig: method((request: InstanceType<typeof messages.DiffRequest>) =>
      toDiffResponse({
        changes: difference(toProperties(request.getOldInputs()), toProperties(request.getNews())),
        inputDiff: true,
      }),
    ),
    configure: method((request: InstanceType<typeof messages.ConfigureRequest>) => {
      plugin.configure?.(revealAll(toProperties(request.getArgs())));
      const response = new messages.ConfigureResponse();
      return response
        .setSupportspreview(true)
        .setAcceptsecrets(plugin.acceptSecrets)
        .setAcceptoutputs(plugin.acceptSecrets)
        .setAcceptresources(plugin.acceptSecrets);
    }),
  };
}

type Urned = { getUrn(): string; getTimeout?(): number };

function resourceMethods(plugin: Plugin, status: StatusSender) {
  const context = (urn: string, seconds = 0): ResourceContext => ({
    urn,
    status: (line) => status(urn, line),
    signal: signalFor(seconds),
  });
  const resource = <Request extends Urned, Response>(
    answer: (type: ResourceType, request: Request, context: ResourceContext) => Promise<Response> | Response,
  ) =>
    method((request: Request) => {
      const urn = request.getUrn();
      return answer(known(plugin, "type", plugin.resources, typeOf(urn)), request, context(urn, request.getTimeout?.()));
    });
  return {
    check: resource((type, request: InstanceType<typeof messages.CheckRequest>, context) =>
      toCheckResponse(
        type.check({ ...context, olds: toProperties(request.getOlds()), news: toProperties(request.getNews()) }),
      ),
    ),
    diff: resource((type, request: InstanceType<typeof messages.DiffRequest>, context) =>
      toDiffResponse(
        type.diff({
          ...context,
          id: request.getId(),
          oldInputs: toProperties(request.getOldInputs()),
          state: toProperties(request.getOlds()),
          inputs: toProperties(request.getNews()),
          ignoreChanges: request.getIgnorechangesList(),
        }),
      ),
    ),
    create: resource(async (type, request: InstanceType<typeof messages.CreateRequest>, context) => {
      const inputs = toProperties(request.getProperties());
      const created = await type.create({ ...context, inputs, preview: request.getPreview() });
      return new messages.CreateResponse().setId(created.id).setProperties(toWire(created.state));
    }),
    read: resource(async (type, request: InstanceType<typeof messages.ReadRequest>, context) => {
      const [id, inputs] = [request.getId(), toProperties(request.getInputs())];
      const state = toProperties(request.getProperties());
      const found = type.read ? await type.read({ ...context, id, inputs, state }) : { id, inputs, state };
      if (found === undefined) return new messages.ReadResponse();
      const response = new messages.ReadResponse();
      return response.setId(found.id).setInputs(toWire(found.inputs)).setProperties(toWire(found.state));
    }),
    update: resource(async (type, request: InstanceType<typeof messages.UpdateRequest>, context) => {
      const state = await type.update({
        ...context,
        id: request.getId(),
        state: toProperties(request.getOlds()),
        inputs: toProperties(request.getNews()),
        ignoreChanges: request.getIgnorechangesList(),
        preview: request.getPreview(),
      });
      return new messages.UpdateResponse().setProperties(toWire(state));
    }),
    delete: resource(async (type, request: InstanceType<typeof messages.DeleteRequest>, context) => {
      await type.delete({ ...context, id: request.getId(), state: toProperties(request.getProperties()) });
      return new emptyMessages.Empty();
    }),
    invoke: method(async (request: InstanceType<typeof messages.InvokeRequest>) => {
      const run = known(plugin, "function", plugin.functions, request.getTok());
      const returned = await run(context(""), toProperties(request.getArgs()));
      return new messages.InvokeResponse().setReturn(toWire(returned));
    }),
  };
}

/** A killed engine cannot end its plugins (facts/engine.md): a plugin without its parent ends by itself when idle. */
function endWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent && running === 0) process.exit(0);
  }, 2000).unref();
}

/**
 * Serves the plugin until its engine ends it; prints the port for the engine first, as the protocol asks.
 *
 * @param args the process's arguments: the engine's address after flags such as `--logtostderr`, `-v=9`.
 */
export async function serve(plugin: Plugin, args: string[]): Promise<void> {
  const positional = args.filter((arg, i) => !arg.startsWith("-") && args[i - 1] !== "--tracing");
  const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  const methods: Partial<IResourceProviderServer> = { ...providerMethods(plugin), ...resourceMethods(plugin, statusSender(positional[0])) };
  // The rest grpc-js answers with UNIMPLEMENTED, as the engine expects of an older plugin.
  server.addService(services.ResourceProviderService, methods as IResourceProviderServer);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  endWithParent();
  process.stdout.write(`${port}\n`);
}
