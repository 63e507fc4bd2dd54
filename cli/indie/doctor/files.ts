// Files on the volumes of the edge, the gateways and the backup container: those that the state's commands wrote against those that are there. Pure.
import { isDeepStrictEqual } from "node:util";
import { stackOption } from "../../options.ts";
import type { Finding } from "./finding.ts";
import type { Gateway, Should, WantedCertificates, WantedFile } from "./should.ts";

/** By the name of a file: the hash of what is in it. */
export type Hashes = Record<string, string>;

export interface GatewayIs {
  /** The container that has the volume now. */
  container: string;
  fragments: Hashes;
  /** What the gateway makes of the fragments: `there`, or what is wrong with it. */
  joined: Record<string, string>;
}

export interface BackupIs {
  files: Hashes;
  /** Projects whose folder of stored files is there. */
  folders: string[];
}

/** What the container that gets certificates has. */
export interface AcmeIs {
  /** By owner: the names of the certificates that it was told of. */
  wanted: Record<string, string[]>;
  /** By name, where those that are there for the edge are from: `acme`, `manual`, or from the server itself. */
  live: Record<string, string>;
}

/** Lines of `sha256sum`, in which a file's name is the rest. */
export function readHashes(text: string): Hashes {
  return Object.fromEntries(text.split("\n").flatMap((line) => {
    const [, hash, file] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
    return hash === undefined ? [] : [[file!, hash] as const];
  }));
}

interface Kind {
  /** `the edge's file sites/blog.conf`. */
  name: (file: string) => string;
  why: (file: string) => string;
}

function compare(wanted: WantedFile[], is: Hashes, { name, why }: Kind): Finding[] {
  return wanted.flatMap(({ file, sha256, urn, service, project }): Finding[] => {
    if (is[file] === sha256) return [];
    return [
      {
        ...{ rule: "file", service, ...(project === undefined ? {} : { project }) },
        what: `${name(file)} ${is[file] === undefined ? "is gone" : "has another text than the last update wrote"}`,
        why: why(file),
        ...{ fix: "it is written again, as the last update wrote it", action: { do: "replay", urn } },
      },
    ];
  });
}

const EDGE_WHY: Record<string, string> = {
  sites: "after the next reload of nginx its address is not there, or leads elsewhere",
  https: "after the next reload of nginx its address is not there by HTTPS, or leads elsewhere",
  upstreams: "after the next reload of nginx its address answers with errors",
  passwords: "nobody gets in, or whoever has another password",
};

const isSite = (file: string): boolean => /^(?:sites|https)\//.test(file);

export function checkEdge({ edgeFiles, containers }: Should, is: Hashes): Finding[] {
  const edge = containers.find(({ service }) => service === "edge");
  const strays = Object.keys(is)
    .filter((file) => !edgeFiles.some((wanted) => wanted.file === file))
    // A site names an upstream and passwords: it goes before them.
    .toSorted((left, right) => Number(isSite(right)) - Number(isSite(left)))
    .flatMap((file): Finding[] => {
      const [, folder, name] = /^(sites|https|upstreams|passwords)\/(.+)\.conf$/.exec(file) ?? [];
      const base = { rule: "file", service: "edge", what: `the edge has a file ${file} that no update wrote`, why: "an address may lead where none should" } as const;
      if (edge === undefined || folder === undefined) return [{ ...base, fix: "by hand: look at it, and delete it" }];
      return [{ ...base, fix: "it is taken away, and nginx reloaded", action: { do: "exec", container: edge.id, words: ["bash", "/etc/nginx/file.sh", "delete", folder, name!] } }];
    });
  const why = (file: string): string => EDGE_WHY[file.split("/")[0]!] ?? "";
  return [...compare(edgeFiles, is, { name: (file) => `the edge's file ${file}`, why }), ...strays];
}

export function checkGateway({ script, fragments, volume }: Gateway, { projects }: Pick<Should, "projects">, is: GatewayIs): Finding[] {
  const name = (file: string): string => `the file of ${file}'s routes in ${volume}`;
  const changed = compare(fragments, is.fragments, { name, why: () => "after the next change of a route its address answers 404, or something else answers there" });
  const strays = Object.keys(is.fragments)
    .filter((file) => !fragments.some((wanted) => wanted.file === file))
    .map((file): Finding => ({
      ...{ rule: "file", service: "gateway", ...(projects.includes(file) ? { project: file } : {}) },
      ...{ what: `${name(file)} is there, and no update wrote it`, why: "keys and addresses may lead where none should" },
      ...{ fix: "it is taken away, and the routes joined again", action: { do: "exec", container: is.container, words: ["bash", script, "delete", file] } },
    }));
  // Whichever is written again joins all of them anew.
  const any = fragments[0];
  const joined = Object.entries(is.joined).flatMap(([file, state]): Finding[] => {
    if (state === "there" || any === undefined) return [];
    return [
      {
        ...{ rule: "file", service: "gateway", what: `${file} in ${volume} is ${state}`, why: "the gateway starts without its routes the next time" },
        ...{ fix: "the routes are joined again", action: { do: "replay", urn: any.urn } },
      },
    ];
  });
  return [...changed, ...joined, ...strays];
}

export function checkBackupFiles({ backupFiles, stack }: Should, is: BackupIs): Finding[] {
  const kind = { name: (file: string) => `what the backup container knows of ${file.replace(/\.json$/, "")}`, why: () => "its next backup fails, or has other keys and limits than the project" };
  // Without the file the folder is not looked at: both are the same command's.
  const folders = backupFiles.flatMap(({ urn, project, service }): Finding[] => {
    if (project === undefined || is.folders.includes(project)) return [];
    return [
      {
        ...{ rule: "file", service, project, what: `the folder of ${project}'s stored files is gone` },
        why: "nothing can be stored, and what was in it is gone",
        ...{ fix: `it is made again, empty; what was in it: npx indie restore ${project}${stackOption(stack)}`, action: { do: "replay", urn } },
      },
    ];
  });
  return [...compare(backupFiles, is.files, kind), ...folders];
}

export function checkCertificates({ certificates, broughtCertificates }: Pick<Should, "certificates" | "broughtCertificates">, { wanted, live }: AcmeIs): Finding[] {
  const others = broughtCertificates.flatMap(({ urn, service, project, name }): Finding[] => {
    if (live[name] === "manual") return [];
    return [
      {
        ...{ rule: "file", service, ...(project === undefined ? {} : { project }), what: `the certificate of ${name} is not the one that was brought in files` },
        ...{ why: "no browser believes it", fix: "it is written again, as the last update wrote it", action: { do: "replay", urn } },
      },
    ];
  });
  const own = certificates.flatMap(({ urn, service, project, owner, names }: WantedCertificates): Finding[] => {
    const missing = names.filter((name) => live[name] === undefined);
    const isTold = isDeepStrictEqual(names.toSorted(), (wanted[owner] ?? []).toSorted());
    if (isTold && missing.length === 0) return [];
    const base = { rule: "file", service, ...(project === undefined ? {} : { project }), fix: "the container is told once more", action: { do: "replay", urn } } as const;
    if (missing.length > 0) return [{ ...base, what: `the certificate ${missing.join(", ")} is gone`, why: "after the next reload of nginx its address is not there by HTTPS, and nginx does not start again" }];
    return [{ ...base, what: `the container for certificates knows of other hosts of ${owner} than the last update told it`, why: "a certificate is not renewed, and ends" }];
  });
  return [...own, ...others];
}
