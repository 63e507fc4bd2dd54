// lab-studio: a stand-in for Supabase Studio, NOT Studio. What it claims and lacks: CONTRACT.md.
import { createServer, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { encrypted } from "./connection.ts";

const REQUIRED = [
  ...["STUDIO_PG_META_URL", "PG_META_CRYPTO_KEY", "POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_DB", "POSTGRES_PASSWORD", "POSTGRES_USER_READ_WRITE"],
  ...["SUPABASE_URL", "SUPABASE_PUBLIC_URL", "SUPABASE_ANON_KEY", "SUPABASE_SERVICE_KEY", "AUTH_JWT_SECRET", "DEFAULT_PROJECT_NAME"],
];
const missing = REQUIRED.filter((name) => !process.env[name]);
if (missing.length > 0) {
  console.error(`stand-in=lab-studio stricter than upstream: it does not start without ${missing.join(", ")}`);
  process.exit(1);
}
const env = process.env as Record<string, string>;

interface Answer {
  status: number;
  type: string;
  body: string;
}

const json = (status: number, value: unknown): Answer => ({ status, type: "application/json", body: JSON.stringify(value) });
const escaped = (value: string): string => value.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

const page = (): Answer => ({
  status: 200,
  type: "text/html; charset=utf-8",
  body: `<!doctype html><title>lab-studio</title><h1>${escaped(env.DEFAULT_PROJECT_NAME!)}</h1>
<p>This is <b>lab-studio</b>, a stand-in for Supabase Studio, made for tests on machines that reach no container registry.</p>`,
});

/** As constructHeaders of upstream's apps/studio/lib/api/apiHelpers.ts: the service key goes with every request. */
async function forwarded(url: string, headers: Record<string, string>, request: IncomingMessage): Promise<Answer> {
  const body = request.method === "GET" ? undefined : await text(request);
  const response = await fetch(url, { method: request.method, body, headers: { "content-type": "application/json", apikey: env.SUPABASE_SERVICE_KEY!, ...headers } });
  return { status: response.status, type: response.headers.get("content-type") ?? "text/plain", body: await response.text() };
}

function connection(): string {
  const { POSTGRES_USER_READ_WRITE, POSTGRES_PASSWORD, POSTGRES_HOST, POSTGRES_PORT, POSTGRES_DB } = env;
  const url = `postgresql://${POSTGRES_USER_READ_WRITE}:${POSTGRES_PASSWORD}@${POSTGRES_HOST}:${POSTGRES_PORT}/${POSTGRES_DB}`;
  return encrypted(url, env.PG_META_CRYPTO_KEY!);
}

async function answer(request: IncomingMessage): Promise<Answer> {
  const url = request.url ?? "/";
  const service = { authorization: `Bearer ${env.SUPABASE_SERVICE_KEY}` };
  if (url === "/api/platform/profile") return json(200, { id: 1, primary_email: "lab@example.com", username: "lab-studio" });
  if (url === "/" || url.startsWith("/project/default")) return page();
  // Only a query brings its connection; every other page relies on postgres-meta's own (facts/tenancy.md §5).
  if (url === "/api/platform/pg-meta/default/query")
    return forwarded(`${env.STUDIO_PG_META_URL}/query`, { "x-connection-encrypted": connection() }, request);
  const meta = /^\/api\/platform\/pg-meta\/default(\/[a-z-]+(?:\?.*)?)$/.exec(url)?.[1];
  if (meta !== undefined) return forwarded(env.STUDIO_PG_META_URL! + meta, {}, request);
  if (url === "/api/platform/auth/default/users") return forwarded(`${env.SUPABASE_URL}/auth/v1/admin/users`, service, request);
  if (url === "/api/platform/storage/default/buckets") return forwarded(`${env.SUPABASE_URL}/storage/v1/bucket`, service, request);
  return json(501, { message: `lab-studio, a stand-in for Supabase Studio, lacks ${url.split("?")[0]}` });
}

const server = createServer((request, response) => {
  answer(request)
    .catch((error: Error) => {
      console.error(`stand-in=lab-studio ${error.message}`);
      return json(500, { message: "Internal error" });
    })
    .then(({ status, type, body }) => response.writeHead(status, { "content-type": type, "x-lab-stand-in": "studio" }).end(body));
});
server.listen(3000, env.HOSTNAME ?? "0.0.0.0", () => console.log("stand-in=lab-studio listening on port 3000"));
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => server.close(() => process.exit(0)));
