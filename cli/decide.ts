/** What set-up decides, from what it found. Pure: cli/steps/ looks and does. */

const compare = (left: number[], right: number[]): number => {
  for (const index of [0, 1, 2]) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
};

/** Reads `v3.259.0`, `3.259.0`, `3.260.0-alpha.1`; anything else is older than everything. */
export function isAtLeast(version: string, needed: string): boolean {
  const numbers = (text: string) => /^v?(\d+)\.(\d+)\.(\d+)/.exec(text.trim())?.slice(1).map(Number);
  const found = numbers(version);
  return found !== undefined && compare(found, numbers(needed) ?? []) >= 0;
}

/** The default endpoint of the docker CLI; the one that the docker plugin uses when nothing is said. */
export const DEFAULT_DOCKER_HOST = "unix:///var/run/docker.sock";

export interface DockerFound {
  /** The docker CLI is on PATH. */
  cli: boolean;
  /** `docker info` reached an engine. */
  answers: boolean;
  /** What `docker info` said instead. */
  said: string;
  /** Where the CLI looks: DOCKER_HOST, or the current context's endpoint. */
  endpoint: string;
  /** An engine is installed here. */
  dockerd: boolean;
  isRoot: boolean;
  /** systemd runs this computer. */
  systemd: boolean;
  /** `process.platform`. */
  platform: string;
  /** ID and ID_LIKE of /etc/os-release. */
  distribution: string[];
}

export type DockerDecision = { do: "use" | "install" | "start" } | { do: "stop"; message: string };

/** An engine that answers is used as it is; one is installed or started only where that is ours to do: root on Debian or Ubuntu. */
export function decideDocker(found: DockerFound): DockerDecision {
  if (found.cli && found.answers) return { do: "use" };
  if (found.endpoint !== DEFAULT_DOCKER_HOST)
    return { do: "stop", message: `Docker at ${found.endpoint} does not answer. That is what DOCKER_HOST or the docker context names.\n${found.said}` };
  if (found.platform !== "linux")
    return { do: "stop", message: "Docker does not answer. Install Docker Desktop (or colima), start it, and run the same command again." };
  if (/permission denied/i.test(found.said))
    return {
      do: "stop",
      message: `Docker runs, but this user may not use it. Run this, log out and in, and run the same command again:\n  sudo usermod -aG docker "$USER"`,
    };
  const apt = found.distribution.some((id) => id === "debian" || id === "ubuntu");
  const commands = [
    ...(found.cli && found.dockerd ? [] : [apt ? "sudo apt-get update && sudo apt-get install docker.io iptables" : "install Docker Engine (docs.docker.com/engine/install)"]),
    found.systemd ? "sudo systemctl enable --now docker" : "sudo dockerd &",
  ];
  if (!found.isRoot || (!apt && !(found.cli && found.dockerd)))
    return { do: "stop", message: `No Docker Engine answers. Run this, and then the same command again:\n  ${commands.join("\n  ")}` };
  return { do: found.cli && found.dockerd ? "start" : "install" };
}

/** Where the parts come from that the internet may or may not give us. */
export type Source = "present" | "official" | "lab";

/** Plugins are looked for one by one, but asked for together: one probe decides (facts/engine.md: a missing one costs five retries). */
export function decideSource(missing: string[], downloads: boolean): Source {
  if (missing.length === 0) return "present";
  return downloads ? "official" : "lab";
}

export interface StateFound {
  /** PULUMI_BACKEND_URL. */
  backendUrl: string | undefined;
  /** Pulumi.yaml's `backend.url`, PULUMI_ACCESS_TOKEN or `pulumi login` chose one. */
  loggedIn: boolean;
  /** PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE is set, even if to nothing. */
  passphrase: boolean;
  /** The passphrase that an earlier run made is in the state folder. */
  passphraseFile: boolean;
  /** Pulumi.<stack>.yaml has an `encryptionsalt`: its secrets were encrypted with some passphrase. */
  salted: boolean;
}

export interface StateDecision {
  backend: "theirs" | "ours";
  /** missing: the stack was encrypted with one that is not here; a new one would not open it. */
  passphrase: "theirs" | "ours" | "generate" | "missing" | "none";
}

/** State where the user has one, else a file backend of ours. A passphrase is made once and never written over. */
export function decideState(found: StateFound): StateDecision {
  const isService = found.backendUrl === undefined ? found.loggedIn : /^https?:/.test(found.backendUrl);
  const backend = found.backendUrl !== undefined || found.loggedIn ? "theirs" : "ours";
  if (found.passphrase) return { backend, passphrase: "theirs" };
  if (isService) return { backend, passphrase: "none" };
  if (found.passphraseFile) return { backend, passphrase: "ours" };
  return { backend, passphrase: found.salted ? "missing" : "generate" };
}

/** Words for a shell, safe for any value: between single quotes only the single quote itself means something. */
export const shellQuote = (value: string): string => (/^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`);

export interface EnvironmentFile {
  /** Folders before and behind the caller's PATH. */
  path: { before: string[]; after: string[] };
  variables: Record<string, string>;
}

/** The text of `.indie/env`. Holds no secret: the passphrase stays in its file. */
export function renderEnvironmentFile({ path, variables }: EnvironmentFile): string {
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${shellQuote(value)}`);
  const folders = [...path.before.map(shellQuote), '"$PATH"', ...path.after.map(shellQuote)];
  return ["# Written by `npm run up`. For pulumi by hand: source .indie/env", `export PATH=${folders.join(":")}`, ...lines, ""].join("\n");
}
