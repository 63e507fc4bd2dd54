import * as pulumi from "@pulumi/pulumi";

/** The whole answer of the engine follows, with the secrets in it as plain text. */
const RESPONSE = /, resp: [^]*/;

export const withoutResponse = (message: string): string => message.replace(RESPONSE, ", resp: left out");

/**
 * `pulumi up --debug`, and `--logtostderr -v=3` and more, show what the Node SDK says of each resource: "RegisterResource RPC finished: …, resp:
 * …" (runtime/resource.js of 3.259.0). From now on that ends before the answer. What the docker provider says of a container that it makes, and what
 * Pulumi's engine writes itself from -v=9 on, no program can hold back (docs/security.md).
 */
export function quietDebug(log: Pick<typeof pulumi.log, "debug"> = pulumi.log): void {
  const { debug } = log;
  Reflect.set(log, "debug", (message: string, ...rest: [pulumi.Resource?, number?, boolean?]) => debug(withoutResponse(message), ...rest));
}
