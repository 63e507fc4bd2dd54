// The files on volumes, as the containers see them that work with them. Their hashes alone: some hold keys.
import { STATE } from "../../../images/backup/places.ts";
import { CERTIFICATES, STATE as ACME_STATE } from "../../../images/acme/places.ts";
import { FILES_BUCKET, FILES_DIRECTORY } from "../../../components/services/storage.ts";
import type { Run } from "../../run.ts";
import { answered, SECONDS } from "./ask.ts";
import { type AcmeIs, type BackupIs, type GatewayIs, type Hashes, readHashes } from "./files.ts";
import type { Gateway, WantedContainer } from "./should.ts";

const EDGE = `cd /etc/nginx/live && shopt -s nullglob && files=(sites/* https/* upstreams/* passwords/*) && [ "\${#files[@]}" = 0 ] || sha256sum -- "\${files[@]}"`;

export const lookAtEdge = async (run: Run, { id }: Pick<WantedContainer, "id">): Promise<Hashes> => readHashes(answered(await run("docker", ["exec", id, "bash", "-c", EDGE], { timeoutSeconds: SECONDS })));

/**
 * $1: the folder that changes, $2: the script of fragments, which says in which folder they are. Of Envoy's two files the version is the hash of
 * what it is the version of (gateway/fragment.sh); Kong makes its own from the fragments at each start.
 */
const GATEWAY = `set -u
cd "$1" || exit 1
shopt -s nullglob
folder=$(sed -n 's/^folder=//p' "$2")
files=("$folder"/*)
[ "\${#files[@]}" = 0 ] || sha256sum -- "\${files[@]}"
# $1: the file, $2: what stands before the content, $3: what stands behind it, $4: what the content had behind it when its version was made.
look() {
  local text content version state=there
  if [ ! -e "$1" ]; then echo "joined gone $1"; return; fi
  text=$(<"$1")
  version=\${text#'{"version_info":"'}
  version=\${version%%'"'*}
  content=\${text#*"$2"}
  content=\${content%"$3"}
  [ "$(printf "%s$4" "$content" | sha256sum | cut -c1-16)" = "$version" ] || state=other
  echo "joined $state $1"
}
case $2 in
  /etc/envoy/*)
    look routes.json 'RouteConfiguration",' '}]}' ''
    look clusters.json '"resources":[' ']}' '\\n'
    ;;
  *) if [ -s kong.json ]; then echo "joined there kong.json"; else echo "joined gone kong.json"; fi ;;
esac`;

const JOINED: Record<string, string> = { gone: "gone", other: "not what the gateway made of the projects' routes" };

export function readGateway(container: string, text: string): GatewayIs {
  const joined = text.split("\n").flatMap((line) => {
    const [, state, file] = /^joined (\w+) (.+)$/.exec(line) ?? [];
    return state === undefined ? [] : [[file!, JOINED[state] ?? state] as const];
  });
  const fragments = Object.entries(readHashes(text)).map(([file, hash]) => [file.slice(file.lastIndexOf("/") + 1), hash] as const);
  return { container, fragments: Object.fromEntries(fragments), joined: Object.fromEntries(joined) };
}

export async function lookAtGateway(run: Run, { volume, script }: Gateway, { id, volumes }: WantedContainer): Promise<GatewayIs> {
  const path = volumes.find(({ name }) => name === volume)!.path;
  return readGateway(id, answered(await run("docker", ["exec", id, "bash", "-c", GATEWAY, "bash", path, script], { timeoutSeconds: SECONDS })));
}

const BACKUP = `set -eu
cd "$1/projects"
for file in *.json; do [ ! -e "$file" ] || sha256sum -- "$file"; done
cd "$2"
for folder in *; do [ ! -d "$folder" ] || echo "folder $folder"; done
[ ! -e "$1/job.json" ] || { printf 'job '; cat "$1/job.json"; echo; }`;

/** What the container has of projects, and what job is under way. */
export async function lookAtBackup(run: Run, { id }: Pick<WantedContainer, "id">): Promise<BackupIs & { job?: string }> {
  const text = answered(await run("docker", ["exec", id, "sh", "-c", BACKUP, "sh", STATE, `${FILES_DIRECTORY}/${FILES_BUCKET}`], { timeoutSeconds: SECONDS }));
  const job = /^job .*"what":\s*"([^"]*)"/ms.exec(text)?.[1];
  const folders = [...text.matchAll(/^folder (.+)$/gm)].map(([, folder]) => folder!);
  return { files: readHashes(text), folders, ...(job === undefined ? {} : { job }) };
}

/** Each owner's names in a line, and what is there for the edge, with where it is from. */
const ACME = `set -u
cd "$1/wanted" 2>/dev/null && for file in *.json; do [ ! -e "$file" ] || { printf 'wanted %s ' "\${file%.json}"; tr -d '\\n' <"$file"; echo; }; done
cd "$2/live" 2>/dev/null && for name in *; do [ ! -e "$name/fullchain.pem" ] || [ ! -e "$name/privkey.pem" ] || echo "live $name $(sed -n 's/.*"source":"\\([a-z-]*\\)".*/\\1/p' "$name/about.json" 2>/dev/null)"; done
exit 0`;

export function readAcme(text: string): AcmeIs {
  const wanted = [...text.matchAll(/^wanted (\S+) (.+)$/gm)].map(([, owner, json]) => {
    const { names } = JSON.parse(json!) as { names: { name: string }[] };
    return [owner!, names.map(({ name }) => name)] as const;
  });
  return { wanted: Object.fromEntries(wanted), live: Object.fromEntries([...text.matchAll(/^live (\S+) (\S*)$/gm)].map(([, name, source]) => [name!, source!])) };
}

export const lookAtAcme = async (run: Run, { id }: Pick<WantedContainer, "id">): Promise<AcmeIs> =>
  readAcme(answered(await run("docker", ["exec", id, "sh", "-c", ACME, "sh", ACME_STATE, CERTIFICATES], { timeoutSeconds: SECONDS })));
