// Storage keeps all shared projects' files in one folder, a folder for each tenant: paths that lead from one's own into another's.
import { randomBytes } from "node:crypto";
import { FILES_BUCKET, FILES_DIRECTORY } from "../../../../../components/services/storage.ts";
import { docker } from "../../testStack.ts";
import type { Attack, Attempt, Door } from "../door.ts";
import { type HttpRequest, send } from "../http.ts";
import { BUCKET, FILE, type Tenant } from "../tenant.ts";
import { disguise } from "./gatewayDoors.ts";
import { metadata } from "./serviceDoors.ts";

/** Up and into another's folder, as a name of a file; as it is written in a path, and as it is in a body. */
const waysUp = ({ name }: Tenant): string[] =>
  ["../..", "../../.."].flatMap((up) => [`${up}/${name}/${BUCKET}/${FILE}`, `x/${up}/${name}/${BUCKET}/${FILE}`]);
const inPaths = (file: string): string[] => [
  file,
  file.replaceAll("..", "%2e%2e"),
  file.replaceAll("../", "..%2f"),
  file.replaceAll("../", "%2e%2e%2f"),
  file.replaceAll("../", "%252e%252e%252f"),
  file.replaceAll("../", "..%5c"),
  file.replaceAll("../", "..;/"),
  file.replaceAll("../", "%c0%ae%c0%ae/"),
];
const STARTS = ["/storage/v1/object/authenticated", "/storage/v1/object/public", "/storage/v1/render/image/authenticated"];

const json = (value: unknown): string => JSON.stringify(value);

function reads(victim: Tenant): HttpRequest[] {
  const paths = waysUp(victim).flatMap(inPaths);
  return [
    ...STARTS.flatMap((start) => [
      ...paths.map((path) => ({ path: `${start}/${BUCKET}/${path}` })),
      // A tenant, a bucket of another's, and a way out where the bucket's name stands.
      ...[`${victim.name}/${BUCKET}/${FILE}`, `..%2f${victim.name}%2f${BUCKET}/${FILE}`, `${BUCKET}-${victim.marker}/${FILE}`].map((path) => ({ path: `${start}/${path}` })),
    ]),
    ...waysUp(victim).flatMap((name) => [
      { method: "POST", path: `/storage/v1/object/list/${BUCKET}`, body: json({ prefix: name.replace(`/${FILE}`, "") }) },
      { method: "POST", path: "/storage/v1/object/copy", body: json({ bucketId: BUCKET, sourceKey: name, destinationKey: "copied.txt" }) },
      { method: "POST", path: "/storage/v1/object/move", body: json({ bucketId: BUCKET, sourceKey: name, destinationKey: "moved.txt" }) },
      { method: "POST", path: `/storage/v1/object/sign/${BUCKET}`, body: json({ expiresIn: 60, paths: [name] }) },
    ]),
  ];
}

/** Whoever finds it knows who put it there: {@link plantedFiles}. */
const planted = ({ name }: Tenant): string => `planted-by-${name}-${randomBytes(4).toString("hex")}.txt`;
const upload = (path: string): HttpRequest => ({
  method: "POST",
  path: `/storage/v1/object/${BUCKET}/${path}`,
  headers: { "content-type": "text/plain" },
  body: "planted",
});

function writes(victim: Tenant, attacker: Tenant): HttpRequest[] {
  const names = waysUp(victim).map((name) => name.replace(FILE, planted(attacker)));
  return [
    ...names.flatMap(inPaths).map(upload),
    ...names.map((name) => ({ method: "POST", path: "/storage/v1/object/copy", body: json({ bucketId: BUCKET, sourceKey: FILE, destinationKey: name }) })),
    ...names.map((objectName) => ({
      method: "POST",
      path: "/storage/v1/upload/resumable",
      headers: { "tus-resumable": "1.0.0", "upload-length": "7", "upload-metadata": metadata({ bucketName: BUCKET, objectName }) },
    })),
    ...waysUp(victim).map((name) => ({ method: "DELETE", path: `/storage/v1/object/${BUCKET}`, body: json({ prefixes: [name] }) })),
  ];
}

/** With the attacker's own key, which may do everything at its own address: whatever is let in is the attacker's own, or nothing. */
const pathDoor = (port: number, door: Pick<Door, "title" | "showsNoMarker">, own: (owner: Tenant) => HttpRequest, requests: typeof writes): Door => ({
  ...door,
  control: (owner) => ({ how: "its own file", run: () => ask(port, owner, own(owner)) }),
  attempts({ attacker, victim, credential }: Attack): Attempt[] {
    if (credential.name !== "secret key") return [];
    const [asItself, disguised] = [{ how: "", headers: {} }, { how: ", disguised", headers: disguise(victim) }];
    return requests(victim, attacker).flatMap((request, index) =>
      // What is in a path does not change with who is said to ask: a sample is enough.
      (index % 8 === 0 ? [asItself, disguised] : [asItself]).map(({ how, headers }) => ({
        how: `${request.method ?? "GET"} ${request.path} ${request.body ?? ""}${how}`,
        mayBeEmpty: true,
        run: () => ask(port, attacker, { ...request, headers: { ...headers, ...request.headers } }),
      })),
    );
  },
});

const ask = (port: number, { hosts: [host], secretKey }: Tenant, request: HttpRequest) =>
  send(port, host!, { ...request, headers: { ...request.headers, apikey: secretKey } });

export const storagePathDoors = (port: number): Door[] => [
  pathDoor(
    port,
    { title: "Storage: paths into another's folder, to read" },
    () => ({ path: `/storage/v1/object/authenticated/${BUCKET}/${FILE}` }),
    reads,
  ),
  pathDoor(
    port,
    { title: "Storage: paths into another's folder, to write", showsNoMarker: true },
    (owner) => upload(planted(owner)),
    writes,
  ),
];

/** Of all files in Storage's folder that an attack has written: how many, and those that are not where the attacker's are. */
export async function plantedFiles(storage: string): Promise<{ found: number; elsewhere: string[] }> {
  const folder = `${FILES_DIRECTORY}/${FILES_BUCKET}`;
  const files = (await docker("exec", storage, "find", folder, "-path", "*planted-by-*", "-type", "f")).split("\n").filter(Boolean);
  const isElsewhere = (file: string) => !file.startsWith(`${folder}/${/planted-by-([a-z]+)-/.exec(file)![1]}/`);
  return { found: files.length, elsewhere: files.filter(isElsewhere) };
}
