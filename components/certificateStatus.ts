import { certificateOf, hasTls, hostsOfProject, type Project, type StackConfig } from "../spec/index.ts";
import { ACME_STATE } from "./acmePlaces.ts";
import { fixedName } from "./ours.ts";
import { docker } from "./server/dockerCli.ts";

/** What the container that gets certificates says of one. */
export interface CertificateState {
  /** `placeholder`: it made it itself, until there is another one. */
  issuer: string;
  /** ISO 8601. */
  validUntil: string;
  /** Why there is no other one yet, and when it is tried again. */
  lastError?: { at: string; text: string; next?: string };
  /** Who wants it: projects by their names. */
  owners?: string[];
}

/** By the certificate's name; empty where the container does not run (yet). */
export type CertificateStatus = Record<string, CertificateState>;

export async function readCertificateStatus({ stack, tls }: Pick<StackConfig, "stack" | "tls">, run = docker): Promise<CertificateStatus> {
  if (!hasTls({ tls })) return {};
  const { failed, stdout } = await run("exec", fixedName(stack, "acme"), "cat", `${ACME_STATE}/status.json`);
  return failed ? {} : (JSON.parse(stdout) as CertificateStatus);
}

/** What `projects.<name>.certificates` of the stack's outputs holds: by host, those that there are. Without HTTPS it is not there. */
export function certificateOutputs(project: Project, stack: StackConfig, status: CertificateStatus): { certificates?: Record<string, CertificateState> } {
  if (!hasTls(stack)) return {};
  const found = hostsOfProject(project, stack).flatMap((host) => {
    const state = status[certificateOf(host, stack).name];
    if (state === undefined) return [];
    const { validUntil, issuer, lastError } = state;
    return [[host, { validUntil, issuer, ...(lastError === undefined ? {} : { lastError }) }] as const];
  });
  return { certificates: Object.fromEntries(found) };
}
