// A server that is lost while Pulumi's state is there: nothing that the state knows of it is on the engine any more.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fixedName } from "../components/ours.ts";
import { stateDir } from "./layout.ts";
import { stackOption, upCommand } from "./options.ts";
import { type Export, outside, type Resource } from "./pendingOperations.ts";
import { type Report, Stop } from "./report.ts";
import { lastWords, succeeded } from "./run.ts";
import { type Pulumi, pulumi } from "./steps/stack.ts";

export interface LostServerArgs extends Pulumi {
  report: Report;
  /** A person has said that the server is lost and this engine is the new one (`--empty-server`). */
  isEmptyServer: boolean;
  /** The stack's setting. @default local */
  backupRepository?: string;
}

/** Lives in the state alone: what a new server can be made with, so that it has the old keys. */
const KEPT = /^(?:pulumi:pulumi:Stack$|pulumi:index:Stash$|random:|indie-ventures:)/;

/** As a resource names its provider: `<urn>::<id>`. */
const providerOf = (resource: Resource): string | undefined => resource.provider?.slice(0, resource.provider.lastIndexOf("::"));

/**
 * The export without all that was on the server: the next update makes it anew, with the seeds that stay. As there is no data any more, no entry of
 * projects.yaml has to stay for it.
 */
export function withoutServer(exported: Export): Export {
  const { resources = [], ...deployment } = exported.deployment;
  const lasting = resources.filter(({ type }) => KEPT.test(type));
  const providers = new Set(lasting.map(providerOf));
  const kept = resources.filter((resource) => lasting.includes(resource) || providers.has(resource.urn));
  const urns = new Set(kept.map(({ urn }) => urn));
  return { ...exported, deployment: { ...deployment, resources: kept.map((resource) => withoutUrns(resource, urns)), pending_operations: [] } };
}

/** What a resource says of others that are gone would make the state invalid. */
function withoutUrns(resource: Resource, urns: ReadonlySet<string>): Resource {
  const there = (names: string[] | undefined) => names?.filter((urn) => urns.has(urn));
  const properties = Object.entries(resource.propertyDependencies ?? {}).map(([name, of]) => [name, there(of ?? [])]);
  const isStack = resource.type === "pulumi:pulumi:Stack";
  return {
    ...resource,
    ...(resource.dependencies === undefined ? {} : { dependencies: there(resource.dependencies) }),
    ...(resource.propertyDependencies === undefined ? {} : { propertyDependencies: Object.fromEntries(properties) }),
    // The seed of a project whose entry goes too is in its backups; the next update protects the others again.
    ...(resource.protect === true ? { protect: false } : {}),
    // components/removedProjects.ts reads it.
    ...(isStack && resource.outputs !== undefined ? { outputs: { ...resource.outputs, projectNames: [] } } : {}),
  };
}

const KINDS = ["container", "volume", "network", "database", "role"] as const;
type Known = Record<(typeof KINDS)[number], string[]>;

/** What the state knows on the server, by kind. After a `pulumi refresh` it may be the databases alone, which nobody could ask about. */
function known({ deployment: { resources = [] } }: Export): Known {
  const all = resources.map(outside);
  const names = (kind: string) => all.flatMap((each) => (each.kind === kind && "name" in each ? [each.name] : []));
  return Object.fromEntries(KINDS.map((kind) => [kind, names(kind)])) as Known;
}

/**
 * Whether anything of ours is on the engine: with our label, or a volume of the name of one of ours. The backups' may be there: who has a copy of it
 * puts it back first.
 */
async function isAnythingThere({ run, stack }: LostServerArgs, volumes: string[]): Promise<boolean> {
  const lines = async (...words: string[]): Promise<string[]> => {
    const ran = await run("docker", words);
    if (!succeeded(ran)) throw new Stop(`Docker does not tell what is on the server:\n${lastWords(ran, 3)}`);
    return ran.stdout.split("\n").filter((line) => line !== "");
  };
  const label = ["--quiet", "--filter", `label=indie-ventures.stack=${stack}`];
  const labelled = [...(await lines("ps", "--all", ...label)), ...(await lines("network", "ls", ...label)), ...(await lines("volume", "ls", ...label))];
  const named = (await lines("volume", "ls", "--quiet")).filter((name) => volumes.includes(name));
  return [...labelled, ...named].some((name) => name !== fixedName(stack, "backups"));
}

/**
 * Does nothing while anything of ours is on the engine. Another engine looks just the same as a server that is lost, so a person has to say it.
 *
 * @returns the state as it is now
 * @throws Stop that says what to do; then nothing was changed
 */
export async function settleLostServer(args: LostServerArgs, exported: Export): Promise<Export> {
  const { report, isEmptyServer, stack } = args;
  const knows = known(exported);
  const knowsAny = Object.values(knows).some((names) => names.length > 0);
  const isLost = knowsAny && !(await isAnythingThere(args, knows.volume));
  if (!isLost && isEmptyServer) throw new Stop(notLostMessage(stack, knowsAny));
  if (!isLost) return exported;
  if (!isEmptyServer) throw new Stop(lostMessage(stack, knows, args.backupRepository));
  const copy = keepCopy(args, exported);
  const settled = withoutServer(exported);
  await pulumi(args, ["stack", "import"], JSON.stringify(settled));
  report.line(`the server is lost: Pulumi's state keeps the keys of its projects and forgets all else (as it was: ${copy})`);
  return settled;
}

function keepCopy({ env, stack }: LostServerArgs, exported: Export): string {
  const folder = stateDir(env);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const copy = join(folder, `${stack}.lost-server-${new Date().toISOString().replaceAll(":", "")}.json`);
  // Secrets in it are encrypted. Never over another copy.
  writeFileSync(copy, JSON.stringify(exported), { mode: 0o600, flag: "wx" });
  return copy;
}

const notLostMessage = (stack: string, isThere: boolean): string =>
  `--empty-server is for a server that is lost, and ${isThere ? `things of "${stack}" are on this one` : `Pulumi's state of "${stack}" knows of none`}.
Nothing was changed. Without that word: ${upCommand(stack)}`;

export function lostMessage(stack: string, knows: Known, backupRepository = "local"): string {
  const counts = KINDS.filter((kind) => knows[kind].length > 0).map((kind) => `${knows[kind].length} ${kind}${knows[kind].length === 1 ? "" : "s"}`);
  const where =
    backupRepository === "local"
      ? `Its backups were on it too (backupRepository: local), in the volume ${fixedName(stack, "backups")}: only who has a copy of that, and puts it back first, gets the data back`
      : `Its backups are in ${backupRepository}`;
  return `Nothing of the stack "${stack}" is on this Docker Engine, and Pulumi's state knows of ${counts.join(", ")} there.
Nothing was changed. If this is not the stack's engine (DOCKER_HOST, the docker context), go back to that, and run the same command again.
If the server is lost: \`npm run up --${stackOption(stack)} --empty-server\` makes everything anew on this one, empty, with the keys that the projects had. Then
\`npm run indie -- restore --all --without-safety-backup${stackOption(stack)}\` brings their data back (docs/backups.md, "A server that is lost").
${where}.`;
}
