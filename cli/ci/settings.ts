// What a CI gives its steps by variables, and what of it must be there. Pure.
import { join } from "node:path";
import { isStackName } from "../options.ts";
import type { Env } from "../run.ts";
import { temporary } from "../temporaryFolder.ts";

/** A secret that a repository does not have arrives as an empty text; Pulumi takes an empty passphrase for one. */
export const withoutEmpty = (env: Env): Env => Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));

/** Where one step leaves the plan for the next. */
export const planFolder = (env: Env): string => env.INDIE_PLAN_FOLDER ?? join(temporary(env), "indie-plan");

const isSocket = (host: string): boolean => host.startsWith("unix://");

/** What is missing to look at the server, all of it, in words. Without these checks a runner would plan for, or even set up, itself. */
export function faults(env: Env): string[] {
  const { INDIE_STACK: stack = "", PULUMI_BACKEND_URL: backend, PULUMI_ACCESS_TOKEN: token, DOCKER_HOST: host } = env;
  const isHosted = env.RUNNER_ENVIRONMENT === "github-hosted";
  const isService = backend === undefined ? token !== undefined : /^https?:/.test(backend);
  const hasPassphrase = env.PULUMI_CONFIG_PASSPHRASE !== undefined || env.PULUMI_CONFIG_PASSPHRASE_FILE !== undefined;
  const found: [isFault: boolean, words: string][] = [
    [!isStackName(stack), `INDIE_STACK is ${JSON.stringify(stack)}: it names the stack, such as prod`],
    [backend === undefined && token === undefined, "where the state is: set PULUMI_BACKEND_URL (such as s3://…), or PULUMI_ACCESS_TOKEN for Pulumi Cloud"],
    [isHosted && backend?.startsWith("file:") === true, "PULUMI_BACKEND_URL is a folder of this runner, which is thrown away: the state has to be where all runs see it"],
    [(backend !== undefined || token !== undefined) && !isService && !hasPassphrase, "PULUMI_CONFIG_PASSPHRASE: without it the stack's secrets can not be read"],
    [isHosted && (host === undefined || isSocket(host)), "the server: this runner's own Docker Engine is not it. Set the variable INDIE_RUNNER to the label of a runner on the server, or DOCKER_HOST (previews only)"],
    [env.SSH_PRIVATE_KEY !== undefined && env.SSH_KNOWN_HOSTS === undefined, "SSH_KNOWN_HOSTS: without it nobody knows whether the server is the server (ssh-keyscan prints it)"],
  ];
  return found.filter(([isFault]) => isFault).map(([, words]) => words);
}

/** What an update needs besides: Postgres is at 127.0.0.1 of the server, and so Pulumi must run there. */
export function faultsOfUp(env: Env): string[] {
  const { DOCKER_HOST: host } = env;
  const isElsewhere = host !== undefined && !isSocket(host);
  return [...faults(env), ...(isElsewhere ? ["a runner on the server: DOCKER_HOST is another computer, which does for previews, and not for updates"] : [])];
}

/** Shorter ones would take half of a text with them. */
const SHORTEST_SECRET = 8;

/** What must be in no comment: GitHub hides secrets in its logs, and nowhere else. */
export function secretsOf(env: Env): string[] {
  const isSecret = (name: string) => /TOKEN|PASSWORD|PASSPHRASE$|SECRET|KEY|CREDENTIALS|BACKEND_URL/.test(name);
  const values = Object.entries(env).flatMap(([name, value]) => (isSecret(name) && value !== undefined ? [value, ...value.split("\n")] : []));
  return [...new Set(values.map((value) => value.trim()))].filter((value) => value.length >= SHORTEST_SECRET).toSorted((left, right) => right.length - left.length);
}

export const redacted = (text: string, secrets: string[]): string => secrets.reduce((all, secret) => all.replaceAll(secret, "[secret]"), text);
