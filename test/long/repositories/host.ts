import { execa } from "execa";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { findGo, goEnvironment } from "../../lab/engine/build/go.ts";
import { buildImage } from "../../lab/images/docker.ts";
import { docker, type TestStack } from "../../e2e/lib/testStack.ts";

/** An S3 server in Go that keeps nothing. Stands in for S3: it checks no signature. */
const GOFAKES3 = "github.com/johannesboyne/gofakes3/cmd/gofakes3@v1.2.0";

/** A host of its own in the network of a stack's backup container, with three kinds of repositories. */
export class RepositoryHost {
  readonly name = "repositories";
  readonly restPassword = randomBytes(12).toString("hex");
  private readonly image = `indie-ventures-test-repositories:${randomBytes(4).toString("hex")}`;
  private container = "";
  private tools = "";

  static async start(stack: TestStack): Promise<RepositoryHost> {
    const host = new RepositoryHost();
    host.tools = await mkdtemp(join(tmpdir(), "indie-ventures-repositories-"));
    const go = await findGo("1.22", () => {});
    await execa(go.path, ["install", GOFAKES3], { env: { ...goEnvironment, GOBIN: host.tools, CGO_ENABLED: "0" } });
    const { backup } = parse(await readFile(stack.images, "utf8")) as { backup: string };
    await buildImage(host.image, "test-repositories", backup, new URL(".", import.meta.url).pathname);
    const options = ["--network", `iv-${stack.name}-backup`, "--network-alias", host.name, "--env", `REST_PASSWORD=${host.restPassword}`];
    host.container = await docker("run", "--detach", ...options, "--volume", `${join(host.tools, "gofakes3")}:/gofakes3:ro`, host.image);
    return host;
  }

  privateKey(): Promise<string> {
    return docker("exec", this.container, "cat", "/root/client");
  }

  async knownHosts(): Promise<string> {
    return `${this.name} ${await docker("exec", this.container, "cat", "/etc/ssh/ssh_host_ed25519_key.pub")}`;
  }

  async remove(): Promise<void> {
    if (this.container) await docker("rm", "--force", this.container);
    await execa("docker", ["image", "rm", "--force", this.image], { reject: false });
    if (this.tools) await rm(this.tools, { recursive: true, force: true });
  }
}
