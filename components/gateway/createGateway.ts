import type * as pulumi from "@pulumi/pulumi";
import type { GatewayKind } from "../../spec/index.ts";
import { envoyGateway } from "./envoyGateway.ts";
import { Gateway, type GatewayArgs, type GatewayProgram } from "./gateway.ts";
import { kongGateway } from "./kongGateway.ts";

const PROGRAMS: Record<GatewayKind, GatewayProgram> = { envoy: envoyGateway, kong: kongGateway };

/** The gateway that the stack's config asks for. */
export const createGateway = (
  kind: GatewayKind,
  name: string,
  args: Omit<GatewayArgs, "program">,
  opts?: pulumi.ComponentResourceOptions,
): Gateway => new Gateway(name, { ...args, program: PROGRAMS[kind] }, opts);
