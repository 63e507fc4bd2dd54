import type * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import type { Server } from "./server/server.ts";

export interface BuiltImageArgs {
  server: Server;
  /** The one that is to be had somewhere. @default none: it is built */
  named?: string;
  parent: pulumi.Resource;
}

/** An image of ours, built on the server from our own folder `images/<word>` where no other is named. */
export function builtImage(word: string, { server, named, parent }: BuiltImageArgs): { image: string; built: pulumi.Resource[] } {
  if (named !== undefined) return { image: named, built: [] };
  // As `docker build` finds it: Pulumi runs commands beside Pulumi.yaml.
  const folder = `images/${word}`;
  const image = `indie-ventures-${word}:${contentHash(folder)}`;
  const built = server.exec(
    `${word}-image`,
    {
      create: `docker image inspect "$IMAGE" >/dev/null 2>&1 || exec docker build --quiet --tag "$IMAGE" ${folder}`,
      environment: { IMAGE: image },
    },
    { parent },
  );
  return { image, built: [built] };
}

/** Changes whenever the image would. */
function contentHash(path: string): string {
  const folder = new URL(`../${path}/`, import.meta.url);
  const hash = createHash("sha256");
  for (const file of globSync("*", { cwd: folder.pathname }).sort()) hash.update(file).update("\0").update(readFileSync(new URL(file, folder))).update("\0");
  return hash.digest("hex").slice(0, 12);
}
