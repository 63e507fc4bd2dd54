// Each service, through the gateway.
import { randomBytes } from "node:crypto";
import type { Door } from "../door.ts";
import { BUCKET, FILE, PICTURE, type Tenant } from "../tenant.ts";
import { gatewayDoor, type GatewayDoor } from "./gatewayDoors.ts";

const json = (value: unknown): string => JSON.stringify(value);
/** An address that says who wrote it, for {@link traces}. */
const written = (owner: Tenant, sender: Tenant): string => `${sender === owner ? "own" : "attack-by"}-${sender.marker}-${randomBytes(6).toString("hex")}`;

const AUTH: GatewayDoor[] = [
  { title: "Auth: settings", opensToAnyKey: true, showsNoMarker: true, request: () => ({ path: "/auth/v1/settings" }) },
  { title: "Auth: the signed-in user", control: asUser, request: () => ({ path: "/auth/v1/user" }) },
  { title: "Auth: change the signed-in user", control: asUser, request: () => ({ method: "PUT", path: "/auth/v1/user", body: json({ data: { changed: true } }) }) },
  { title: "Auth: admin, list users", request: () => ({ path: "/auth/v1/admin/users" }) },
  {
    title: "Auth: admin, make a user",
    request: (owner, sender) => ({ method: "POST", path: "/auth/v1/admin/users", body: json({ email: `${written(owner, sender)}@example.com`, email_confirm: true }) }),
  },
  {
    title: "Auth: admin, make a link",
    request: (owner, sender) => ({ method: "POST", path: "/auth/v1/admin/generate_link", body: json({ type: "magiclink", email: `${written(owner, sender)}@example.com` }) }),
  },
  {
    title: "Auth: refresh a session",
    inside: ({ refreshToken }) => refreshToken,
    request: (_owner, _sender, value) => ({ method: "POST", path: "/auth/v1/token?grant_type=refresh_token", body: json({ refresh_token: value }) }),
  },
  {
    title: "Auth: sign in with a password",
    inside: ({ password }) => password,
    kinds: ["nothing", "studio"],
    request: ({ email }, _sender, value) => ({ method: "POST", path: "/auth/v1/token?grant_type=password", body: json({ email, password: value || "none" }) }),
  },
];

const REST: GatewayDoor[] = [
  { title: "REST: read", request: () => ({ path: "/rest/v1/markers" }) },
  {
    title: "REST: insert",
    request: (owner, sender) => ({ method: "POST", path: "/rest/v1/markers", headers: { prefer: "return=representation" }, body: json({ body: written(owner, sender) }) }),
  },
  { title: "REST: delete", request: ({ marker }) => ({ method: "DELETE", path: `/rest/v1/markers?body=like.own-${marker}*`, headers: { prefer: "return=minimal" } }), showsNoMarker: true },
  { title: "REST: call a function", request: () => ({ method: "POST", path: "/rest/v1/rpc/marker", body: "{}" }) },
  { title: "REST: the list of all tables", showsNoMarker: true, request: () => ({ path: "/rest/v1/" }) },
  { title: "GraphQL", request: () => ({ method: "POST", path: "/graphql/v1", body: json({ query: "{ __typename }" }) }) },
];

const STORAGE: GatewayDoor[] = [
  { title: "Storage: buckets", showsAnonNothing: true, request: () => ({ path: "/storage/v1/bucket" }) },
  { title: "Storage: list", showsAnonNothing: true, request: () => ({ method: "POST", path: `/storage/v1/object/list/${BUCKET}`, body: json({ prefix: "" }) }) },
  { title: "Storage: download", request: () => ({ path: `/storage/v1/object/authenticated/${BUCKET}/${FILE}` }) },
  {
    title: "Storage: upload",
    showsNoMarker: true,
    request: (owner, sender) => ({ method: "POST", path: `/storage/v1/object/${BUCKET}/${written(owner, sender)}.txt`, headers: { "content-type": "text/plain" }, body: "x" }),
  },
  { title: "Storage: sign a URL", showsNoMarker: true, request: () => ({ method: "POST", path: `/storage/v1/object/sign/${BUCKET}/${FILE}`, body: json({ expiresIn: 60 }) }) },
  { title: "Storage: copy", showsNoMarker: true, request: (owner, sender) => ({ method: "POST", path: "/storage/v1/object/copy", body: json({ bucketId: BUCKET, sourceKey: FILE, destinationKey: `${written(owner, sender)}.txt` }) }) },
  { title: "Storage: remove", showsAnonNothing: true, showsNoMarker: true, request: () => ({ method: "DELETE", path: `/storage/v1/object/${BUCKET}`, body: json({ prefixes: ["nothing"] }) }) },
  {
    title: "Storage: resumable upload",
    showsNoMarker: true,
    request: (owner, sender) => ({
      method: "POST",
      path: "/storage/v1/upload/resumable",
      headers: { "tus-resumable": "1.0.0", "upload-length": "3", "upload-metadata": metadata({ bucketName: BUCKET, objectName: written(owner, sender) }) },
    }),
  },
  {
    title: "Storage: signed URL",
    inside: ({ signedToken }) => signedToken,
    control: () => ({}),
    request: (_owner, _sender, value) => ({ path: `/storage/v1/object/sign/${BUCKET}/${FILE}?token=${encodeURIComponent(value)}` }),
  },
  { title: "Storage: picture, resized", showsNoMarker: true, request: () => ({ path: `/storage/v1/render/image/authenticated/${BUCKET}/${PICTURE}?width=1` }) },
];

export const metadata = (values: Record<string, string>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString("base64")}`)
    .join(",");

const REALTIME: GatewayDoor[] = [
  {
    title: "Realtime: broadcast by HTTP",
    opensToAnyKey: true,
    showsNoMarker: true,
    request: (owner, sender) => ({ method: "POST", path: "/realtime/v1/api/broadcast", body: json({ messages: [{ topic: "inside", event: "x", payload: { by: written(owner, sender) } }] }) }),
  },
  { title: "Realtime: tenants", isClosed: true, request: ({ name }) => ({ path: `/realtime/v1/api/tenants/${name}` }) },
  { title: "Realtime: description of its API", isClosed: true, request: () => ({ path: "/realtime/v1/api/openapi" }) },
];

const OTHERS: GatewayDoor[] = [
  { title: "Studio's AI door (`/mcp`)", isClosed: true, request: () => ({ path: "/mcp" }) },
  { title: "Studio's AI door (`/api/mcp`)", isClosed: true, request: () => ({ path: "/api/mcp" }) },
  // A disguise says another connection: the gateway writes its own over it.
  { title: "postgres-meta (`/pg/`)", request: () => ({ method: "POST", path: "/pg/query", body: json({ query: "select body from markers" }) }) },
];

export const serviceDoors = (port: number): Door[] => [...AUTH, ...REST, ...STORAGE, ...REALTIME, ...OTHERS].map((door) => gatewayDoor(port, door));

function asUser({ anonKey, accessToken }: Tenant): Record<string, string> {
  return { apikey: anonKey, authorization: `Bearer ${accessToken}` };
}
