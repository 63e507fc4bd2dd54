// The scripts of the Kong gateway as they are, with a stand-in for the command `kong` and for Kong's two ports.
import { execa } from "execa";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProjectFragment } from "../../../../../components/gateway/decisions.ts";
import { renderKongFragment } from "../../../../../components/gateway/kong.ts";
import { kongBase } from "../../../../../components/gateway/kongGateway.ts";
import { type KongFile, KongModel } from "./model.ts";

const SOURCES = new URL("../../../../../components/gateway/", import.meta.url);

/** `kong config parse <file>`: refuses what is no JSON, and says so as Kong does, with the text that it refuses. */
const KONG = `#!/bin/bash
[ "$1 $2" = "config parse" ] || { echo "stand-in: not $*" >&2; exit 2; }
exec "${process.execPath}" -e '
  const text = require("fs").readFileSync(process.argv[1], "utf8");
  try { JSON.parse(text) } catch {
    console.error("error: in " + /.{0,40}sb_secret_blog".{0,40}/.exec(text));
    process.exit(1);
  }' "$3"
`;

async function listening(listener: RequestListener): Promise<{ server: Server; port: number }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

export class KongScripts {
  /** What Kong was given last. */
  loaded?: KongFile;
  /** What the admin address answers. */
  status = 201;
  /** How many files it was given. */
  loads = 0;
  readonly live: string;
  private readonly folder: string;
  private readonly servers: Server[] = [];
  private env: Record<string, string> = {};

  private constructor(folder: string) {
    this.folder = folder;
    this.live = join(folder, "live");
  }

  /** A gateway that has just been started: with no project. */
  static async start(commonHosts: readonly string[]): Promise<KongScripts> {
    const scripts = new KongScripts(await mkdtemp(join(tmpdir(), "indie-ventures-kong-")));
    const { folder, live } = scripts;
    await mkdir(join(live, "kong-fragments-1"), { recursive: true });
    await mkdir(join(folder, "bin"));
    await writeFile(join(folder, "base.json"), kongBase(commonHosts));
    await copyFile(new URL("fragments.sh", SOURCES), join(folder, "fragments.sh"));
    await copyFile(new URL("kong/fragment.sh", SOURCES), join(folder, "fragment.sh"));
    await writeFile(join(folder, "bin", "kong"), KONG);
    await chmod(join(folder, "bin", "kong"), 0o755);
    await scripts.listen();
    await scripts.run("join");
    return scripts;
  }

  put = (project: ProjectFragment) => this.run("put", project.name, renderKongFragment(project));
  putText = (name: string, text: string) => this.run("put", name, text);
  delete = (name: string) => this.run("delete", name);

  /** The file that Kong would start from. */
  file = async (): Promise<string> => readFile(join(this.live, "kong.json"), "utf8");

  async stop(): Promise<void> {
    for (const server of this.servers) server.close();
    await rm(this.folder, { recursive: true });
  }

  private async listen(): Promise<void> {
    const admin = await listening((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part) => parts.push(part));
      request.on("end", () => {
        this.loads += 1;
        if (this.status === 201) this.loaded = JSON.parse(Buffer.concat(parts).toString());
        response.writeHead(this.status).end(Buffer.concat(parts));
      });
    });
    const proxy = await listening((request, response) => {
      const asked = { name: "", method: "GET", host: "127.0.0.1", target: request.url as string, headers: [] };
      const { status, body } = new KongModel(this.loaded as KongFile).answer(asked, "");
      response.writeHead(status).end(body);
    });
    this.servers.push(admin.server, proxy.server);
    this.env = {
      PATH: `${join(this.folder, "bin")}:${process.env.PATH}`,
      KONG_DECLARATIVE_CONFIG: join(this.live, "kong.json"),
      KONG_ADMIN_LISTEN: `127.0.0.1:${admin.port}`,
      KONG_PROXY_LISTEN: `0.0.0.0:${proxy.port}`,
    };
  }

  private async run(...[action, project, input]: [string, string?, string?]) {
    const args = [join(this.folder, "fragment.sh"), action, ...(project === undefined ? [] : [project])];
    const options = { env: this.env, input: input ?? "", reject: false, stripFinalNewline: false };
    const { exitCode, stderr, stdout } = await execa("bash", args, options);
    return { exitCode, stderr: String(stderr), stdout: String(stdout) };
  }
}
