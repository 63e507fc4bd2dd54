import type { IncomingMessage } from "node:http";
import type { Config } from "./config.ts";
import { errors } from "./errors.ts";
import { securePath } from "./files/path.ts";
import { checkBucketName, checkKey } from "./names.ts";

export type UploadId = { readonly tenantId: string; readonly bucketId: string; readonly name: string; readonly version: string };

/** `<tenant>/<bucket>/<name>/<version>`: also where the file lies. @throws StorageError InvalidUploadId, InvalidKey */
export function parseUploadId(id: string): UploadId {
  const [tenantId = "", bucketId = "", ...rest] = id.split("/");
  const version = rest.pop() ?? "";
  const name = rest.join("/");
  if (tenantId === "" || version === "" || rest.length === 0) throw errors.invalidUploadId();
  checkBucketName(bucketId);
  checkKey(name);
  // As upstream's store does for each of its operations (src/storage/protocols/tus/file-store.ts, resolveUploadPath).
  securePath("/files", id);
  return { tenantId, bucketId, name, version };
}

/** The user's metadata of a resumable upload: JSON in the metadata's `metadata`. */
export function userMetadataOf(metadata: Record<string, string | null> | undefined): unknown {
  try {
    return metadata?.metadata ? JSON.parse(metadata.metadata) : undefined;
  } catch {
    return undefined;
  }
}

type Parts = { proto: string; host: string; path: string; id: string };

/** Where the client goes on (src/http/routes/tus/lifecycle.ts, generateUrl): STORAGE_PUBLIC_URL comes before what the gateway forwards. */
export function uploadUrl({ server, tus }: Pick<Config, "server" | "tus">, { headers, url = "" }: Pick<IncomingMessage, "headers" | "url">, { proto, host, path, id }: Parts): string {
  const known = server.publicUrl === undefined ? undefined : new URL(server.publicUrl);
  const protocol = tus.isProduction ? "https" : (known?.protocol.replace(":", "") ?? proto);
  const prefix = headers["x-forwarded-prefix"];
  const before = server.allowForwardedPrefix && typeof prefix === "string" ? prefix.replace(/\/+$/, "") : "";
  const suffix = url.replace(/\?.*$/, "").endsWith("/sign") ? "/sign" : "";
  const coded = Buffer.from(id.split("/").slice(1).join("/"), "utf8").toString("base64url");
  return `${protocol}://${known?.host ?? withPort(host, headers)}${before}${path}${suffix}/${coded}`;
}

function withPort(host: string, headers: IncomingMessage["headers"]): string {
  const port = headers["x-forwarded-port"];
  if (headers["x-forwarded-host"] === undefined || typeof port !== "string" || port === "" || port === "80" || port === "443") return host;
  return `${host.replace(/:\d+$/, "")}:${port}`;
}
