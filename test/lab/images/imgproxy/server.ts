// lab-imgproxy: a stand-in for imgproxy, NOT imgproxy. What it claims and lacks: CONTRACT.md.
import { createServer } from "node:http";
import { picture } from "./picture.ts";
import { BadRequest, Lacks, parseUrl } from "./source.ts";

const { IMGPROXY_BIND = ":8080", IMGPROXY_LOCAL_FILESYSTEM_ROOT, IMGPROXY_MAX_SRC_RESOLUTION = "50" } = process.env;
const port = Number(IMGPROXY_BIND.slice(IMGPROXY_BIND.lastIndexOf(":") + 1));

async function answer(url: string): Promise<{ status: number; type: string; body: Buffer | string }> {
  if (url === "/health") return { status: 200, type: "text/plain", body: "imgproxy is running" };
  try {
    // Upstream without the variable knows no local files.
    if (IMGPROXY_LOCAL_FILESYSTEM_ROOT === undefined) return { status: 404, type: "text/plain", body: "Source image is unreachable" };
    return { status: 200, ...(await picture(parseUrl(url, IMGPROXY_LOCAL_FILESYSTEM_ROOT, Number(IMGPROXY_MAX_SRC_RESOLUTION)))) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (error instanceof Lacks) return { status: 501, type: "text/plain", body: `lab-imgproxy, a stand-in for imgproxy, lacks ${message}` };
    if (error instanceof BadRequest) return { status: 422, type: "text/plain", body: message };
    if (code === "ENOENT") return { status: 404, type: "text/plain", body: "Source image is unreachable" };
    console.error(`stand-in=lab-imgproxy ${message}`);
    return { status: 500, type: "text/plain", body: "Internal error" };
  }
}

const server = createServer((request, response) => {
  void answer(request.url ?? "/").then(({ status, type, body }) => {
    response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body), "x-lab-stand-in": "imgproxy" }).end(body);
  });
});
server.listen(port, "0.0.0.0", () => console.log(`stand-in=lab-imgproxy listening on port ${port}`));
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => server.close(() => process.exit(0)));
