// Asks a policy as the engine does, by the SDK's own functions behind its RPC: secrets and what is not known yet look as they do there.
import { createRequire } from "node:module";
import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import analyzer from "@pulumi/pulumi/proto/analyzer_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";

type Rpc<Request> = (call: { request: Request }, answer: (error: unknown, response?: analyzer.AnalyzeResponse) => void) => void;
type MakeRpc<Request> = (pack: string, version: string, level: string, policies: unknown[]) => Rpc<Request>;
interface Server {
  makeAnalyzeRpcFun: MakeRpc<analyzer.AnalyzeRequest>;
  makeAnalyzeStackRpcFun: MakeRpc<analyzer.AnalyzeStackRequest>;
}
// Not in the SDK's types.
const { makeAnalyzeRpcFun, makeAnalyzeStackRpcFun } = createRequire(import.meta.url)("@pulumi/policy/server.js") as Server;

/** A resource as the engine knows it. */
export interface Resource {
  type: string;
  name: string;
  props: Record<string, unknown>;
  urn?: string;
  protect?: boolean;
  /** URNs. */
  propertyDependencies?: Record<string, string[]>;
}

export interface Violation {
  policy: string;
  level: string;
  message: string;
  urn: string;
}

type AnyPolicy = ResourceValidationPolicy | StackValidationPolicy;

/** Values that a preview does not know, as the SDKs write them. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** A secret, as the SDKs write it. */
export const secret = (value: unknown) => ({ "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value });

const urnOf = ({ type, name, urn }: Resource): string => urn ?? `urn:pulumi:dev::indie-ventures::${type}::${name}`;
const optionsOf = ({ protect = false }: Resource) => new analyzer.AnalyzerResourceOptions().setProtect(protect);
const propertiesOf = ({ props }: Resource) => struct.Struct.fromJavaScript(JSON.parse(JSON.stringify(props)));

/** `mandatory`, as the protocol counts it. */
const levelOf = (level: number): string =>
  Object.entries(analyzer.EnforcementLevel).find(([, number]) => number === level)![0].toLowerCase();

function answered<Request>(rpc: Rpc<Request>, request: Request): Promise<Violation[]> {
  return new Promise((resolve, reject) => {
    rpc({ request }, (error, response) => {
      if (error) return reject(error);
      const violations = response!.getDiagnosticsList().map((each) => ({
        policy: each.getPolicyname(),
        level: levelOf(each.getEnforcementlevel()),
        message: each.getMessage(),
        urn: each.getUrn(),
      }));
      resolve(violations);
    });
  });
}

/** What the policies say of one resource, before it is made. */
export function ask(policies: AnyPolicy[], resource: Resource): Promise<Violation[]> {
  const request = new analyzer.AnalyzeRequest().setType(resource.type).setName(resource.name).setUrn(urnOf(resource));
  request.setProperties(propertiesOf(resource)).setOptions(optionsOf(resource));
  return answered(makeAnalyzeRpcFun("indie-ventures", "1", "mandatory", policies), request);
}

function stackResource(resource: Resource): analyzer.AnalyzerResource {
  const message = new analyzer.AnalyzerResource().setType(resource.type).setName(resource.name).setUrn(urnOf(resource));
  for (const [property, urns] of Object.entries(resource.propertyDependencies ?? {}))
    message.getPropertydependenciesMap().set(property, new analyzer.AnalyzerPropertyDependencies().setUrnsList(urns));
  return message.setProperties(propertiesOf(resource)).setOptions(optionsOf(resource));
}

/** What they say of all of them together, at the end. */
export function askStack(policies: AnyPolicy[], resources: Resource[]): Promise<Violation[]> {
  const request = new analyzer.AnalyzeStackRequest().setResourcesList(resources.map(stackResource));
  return answered(makeAnalyzeStackRpcFun("indie-ventures", "1", "mandatory", policies), request);
}
