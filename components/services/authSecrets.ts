import * as pulumi from "@pulumi/pulumi";
import type { Project } from "../../spec/index.ts";

/** The secrets that projects.yaml names by `fromConfig`. */
export interface AuthSecrets {
  smtpPassword?: string;
  /** By provider. */
  externalSecrets: Record<string, string>;
}

/** @param read a secret of the stack's config */
export function authSecrets({ smtp, external }: Project["auth"], read: (key: string) => pulumi.Output<string>): pulumi.Output<AuthSecrets> {
  const providers = Object.entries(external ?? {});
  const externalSecrets = Object.fromEntries(providers.map(([provider, { secret }]) => [provider, read(secret.fromConfig)]));
  const smtpPassword = smtp?.password === undefined ? undefined : read(smtp.password.fromConfig);
  return pulumi.all([smtpPassword, pulumi.all(externalSecrets)]).apply(([password, secrets]) => ({ smtpPassword: password, externalSecrets: secrets }));
}
