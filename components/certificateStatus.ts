import { certificateOf, hasTls, hostsOfProject, type Project, type StackConfig } from "../spec/index.ts";
import { STATE as ACME_STATE } from "../images/acme/places.ts";
import type { CertificateStatus as CertificateState, Status as CertificateStatus } from "../images/acme/status.ts";
import { fixedName } from "./ours.ts";
import { docker } from "./server/dockerCli.ts";

export type { CertificateState, CertificateStatus };

/** By the certificate's name; empty where the container does not run (yet). */
export async function readCertificateStatus({ stack, tls }: Pick<StackConfig, "stack" | "tls">, run = docker): Promise<CertificateStatus> {
  if (!hasTls({ tls })) return {};
  const { failed, stdout } = await run("exec", fixedName(stack, "acme"), "cat", `${ACME_STATE}/status.json`);
  return failed ? {} : (JSON.parse(stdout) as CertificateStatus);
}

/** What `projects.<name>.certificates` of the stack's outputs holds: by host, those that there are. Without HTTPS it is not there. */
export function certificateOutputs(project: Project, stack: StackConfig, status: CertificateStatus): { certificates?: Record<string, Omit<CertificateState, "owners">> } {
  if (!hasTls(stack)) return {};
  const found = hostsOfProject(project, stack).flatMap((host) => {
    const state = status[certificateOf(host, stack).name];
    if (state === undefined) return [];
    const { validUntil, issuer, lastError } = state;
    return [[host, { validUntil, issuer, ...(lastError === undefined ? {} : { lastError }) }] as const];
  });
  return { certificates: Object.fromEntries(found) };
}
