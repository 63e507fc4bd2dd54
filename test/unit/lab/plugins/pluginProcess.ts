// A stand-in plugin as its own process, spoken to as the engine does: gRPC on the port that it prints.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { credentials } from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import emptyMessages from "google-protobuf/google/protobuf/empty_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { decode, encode } from "../../../lab/engine/plugins/lib/value.ts";
import type { Properties } from "../../../lab/engine/plugins/lib/value.ts";

const toWire = (properties: Properties) => struct.Struct.fromJavaScript(encode(properties));
const fromWire = (message: any) => decode(message?.toJavaScript() ?? {}) as Properties;

export interface PluginProcess {
  info(): Promise<{ version: string }>;
  configure(args: Properties): Promise<{ acceptSecrets: boolean; supportsPreview: boolean }>;
  check(type: string, news: Properties, olds?: Properties): Promise<{ inputs: Properties; failures: { property: string; reason: string }[] }>;
  diff(type: string, old: { inputs: Properties; state: Properties }, inputs: Properties): Promise<{ replaces: string[]; diffs: string[] }>;
  create(type: string, inputs: Properties, preview?: boolean): Promise<{ id: string; state: Properties }>;
  read(type: string, id: string, known?: { inputs: Properties; state: Properties }): Promise<{ id: string; inputs: Properties; state: Properties }>;
  update(type: string, id: string, state: Properties, inputs: Properties, preview?: boolean): Promise<Properties>;
  delete(type: string, id: string, state: Properties): Promise<void>;
  invoke(token: string, args: Properties): Promise<Properties>;
  end(): Promise<void>;
}

const started = new Set<PluginProcess>();

/** Ends every plugin of this test file, those of failed tests too: one left alone would keep jest from ending. */
export async function endPlugins(): Promise<void> {
  await Promise.all([...started].map((plugin) => plugin.end()));
}

/** @param name `command`, `random` or `postgresql`; resources are all named `thing`. */
export async function startPlugin(name: string, env: NodeJS.ProcessEnv = {}): Promise<PluginProcess> {
  const file = new URL(`../../../lab/engine/plugins/${name}.ts`, import.meta.url).pathname;
  const child = spawn(process.execPath, [file], { env: { ...process.env, NODE_OPTIONS: "", ...env }, stdio: ["ignore", "pipe", "inherit"] });
  const [port] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  const client: any = new (services as any).ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure(), { "grpc.max_receive_message_length": -1 });
  const call = (method: string, request: unknown): Promise<any> =>
    new Promise((resolve, reject) => client[method](request, (error: Error | null, answer: unknown) => (error ? reject(error) : resolve(answer))));
  const urn = (type: string) => `urn:pulumi:test::test::${type}::thing`;
  const plugin: PluginProcess = {
    info: async () => ({ version: (await call("getPluginInfo", new emptyMessages.Empty())).getVersion() }),
    async configure(args) {
      const answer = await call("configure", new messages.ConfigureRequest().setArgs(toWire(args)).setAcceptsecrets(true));
      return { acceptSecrets: answer.getAcceptsecrets(), supportsPreview: answer.getSupportspreview() };
    },
    async check(type, news, olds = {}) {
      const answer = await call("check", new messages.CheckRequest().setUrn(urn(type)).setNews(toWire(news)).setOlds(toWire(olds)));
      const failures = answer.getFailuresList().map((failure: any) => ({ property: failure.getProperty(), reason: failure.getReason() }));
      return { inputs: fromWire(answer.getInputs()), failures };
    },
    async diff(type, old, inputs) {
      const request = new messages.DiffRequest().setUrn(urn(type)).setId("x").setOldInputs(toWire(old.inputs)).setOlds(toWire(old.state));
      const answer = await call("diff", request.setNews(toWire(inputs)));
      return { replaces: answer.getReplacesList(), diffs: answer.getDiffsList() };
    },
    async create(type, inputs, preview = false) {
      const answer = await call("create", new messages.CreateRequest().setUrn(urn(type)).setProperties(toWire(inputs)).setPreview(preview));
      return { id: answer.getId(), state: fromWire(answer.getProperties()) };
    },
    async read(type, id, known = { inputs: {}, state: {} }) {
      const request = new messages.ReadRequest().setUrn(urn(type)).setId(id).setInputs(toWire(known.inputs)).setProperties(toWire(known.state));
      const answer = await call("read", request);
      return { id: answer.getId(), inputs: fromWire(answer.getInputs()), state: fromWire(answer.getProperties()) };
    },
    async update(type, id, state, inputs, preview = false) {
      const request = new messages.UpdateRequest().setUrn(urn(type)).setId(id).setOlds(toWire(state)).setNews(toWire(inputs));
      return fromWire((await call("update", request.setPreview(preview))).getProperties());
    },
    async delete(type, id, state) {
      await call("delete", new messages.DeleteRequest().setUrn(urn(type)).setId(id).setProperties(toWire(state)));
    },
    async invoke(token, args) {
      return fromWire((await call("invoke", new messages.InvokeRequest().setTok(token).setArgs(toWire(args)))).getReturn());
    },
    async end() {
      started.delete(plugin);
      client.close();
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
  started.add(plugin);
  return plugin;
}
