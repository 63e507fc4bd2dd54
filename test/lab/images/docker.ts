import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { constants, createZstdCompress, createZstdDecompress } from "node:zlib";
import { execa } from "execa";
import { run } from "./run.ts";

/** How `docker images --filter label=…` finds them. */
export const imageLabels = (service: string): string[] => ["indie-ventures.lab=true", `indie-ventures.lab.service=${service}`];

/** One clear error now, in place of one from each command. */
export async function checkEngine(): Promise<void> {
  const { failed, stderr } = await execa("docker", ["version", "--format", "{{.Server.Version}}"], { reject: false });
  if (failed) throw new Error(`lab images: no Docker Engine answers. Start it, or set DOCKER_HOST. docker says: ${stderr.trim()}`);
}

export async function hasImage(name: string): Promise<boolean> {
  const { failed, stderr } = await execa("docker", ["image", "inspect", "--format", "{{.Id}}", name], { reject: false });
  if (failed && !/no such image/i.test(stderr)) throw new Error(`lab images: docker image inspect ${name}: ${stderr.trim()}`);
  return !failed;
}

/** Only where the host goes through a proxy; Docker keeps these names out of the image. */
const proxyArguments = (): string[] =>
  ["http_proxy", "https_proxy", "no_proxy"].filter((name) => process.env[name]).flatMap((name) => ["--build-arg", name]);

/** Without BuildKit, which an engine may lack; on the host's network, because the registries may be reached from there alone. */
export const buildImage = (name: string, service: string, base: string, folder: string) =>
  run(
    "docker",
    [
      "build", "--quiet", "--force-rm", "--network", "host", "--build-arg", `BASE=${base}`, ...proxyArguments(),
      ...imageLabels(service).flatMap((label) => ["--label", label]), "--tag", name, folder,
    ],
    { env: { DOCKER_BUILDKIT: "0" } },
  );

async function checkDebootstrap(): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error("lab images: the base image is made by debootstrap, which needs root. Run this as root");
  const { failed } = await execa("debootstrap", ["--version"], { reject: false });
  if (failed) throw new Error("lab images: the base image is made by debootstrap, which is missing. Install it: apt-get install debootstrap");
}

/** An image of one layer from the tar that `script` writes. */
export async function importImage(name: string, service: string, script: string): Promise<void> {
  await checkDebootstrap();
  const changes = imageLabels(service).flatMap((label) => ["--change", `LABEL ${label}`]);
  const made = execa("bash", [script], { stdin: "ignore", buffer: { stdout: false } });
  const imported = execa("docker", ["import", ...changes, "-", name], { input: made.stdout });
  await Promise.all([made, imported]).catch((error: { stderr?: string; shortMessage?: string }) => {
    throw new Error(`lab images: ${name}: ${error.shortMessage}\n${String(error.stderr).split("\n").slice(-15).join("\n")}`);
  });
}

export async function saveImage(name: string, path: string): Promise<void> {
  const saved = execa("docker", ["save", name], { stdin: "ignore", buffer: { stdout: false } });
  const compress = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 1 } });
  await Promise.all([saved, pipeline(saved.stdout, compress, createWriteStream(path))]);
}

export async function loadImage(path: string): Promise<void> {
  const loaded = execa("docker", ["load", "--quiet"], { stdin: "pipe" });
  await Promise.all([loaded, pipeline(createReadStream(path), createZstdDecompress(), loaded.stdin)]);
}
