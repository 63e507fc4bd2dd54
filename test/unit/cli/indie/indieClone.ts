// `indie` as a process, in a clone of its own.
import { execa, type ResultPromise } from "execa";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../../../cli/layout.ts";

/** What `indie` needs of a clone; a copy, so that the projects.yaml of this one stays as it is. */
const CLONE = [
  "cli",
  "components",
  "images",
  "spec",
  "schema",
  "package.json",
  "package-lock.json",
  "projects.yaml",
  "Pulumi.dev.yaml",
  "Pulumi.prod.yaml",
  "Pulumi.yaml",
];

export const original = readFileSync(join(root, "projects.yaml"), "utf8");

export class IndieClone {
  readonly clone = mkdtempSync(join(tmpdir(), "indie-bin-"));
  readonly bin = join(this.clone, "cli", "indie.mjs");
  /** A folder for PATH, where there is neither Docker nor Pulumi. */
  readonly path = join(this.clone, "path");

  constructor() {
    for (const name of CLONE) cpSync(join(root, name), join(this.clone, name), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(this.clone, "node_modules"));
    mkdirSync(this.path);
  }

  file(): string {
    return readFileSync(join(this.clone, "projects.yaml"), "utf8");
  }

  reset(): void {
    writeFileSync(join(this.clone, "projects.yaml"), original);
  }

  environment(more: Record<string, string> = {}): Record<string, string> {
    return { HOME: this.clone, PATH: this.path, TERM: "xterm-256color", ...more };
  }

  /** Without a terminal. */
  run(args: string[], env: Record<string, string> = {}): ResultPromise<typeof OPTIONS> {
    return execa(process.execPath, [this.bin, ...args], { ...OPTIONS, env: this.environment(env) });
  }

  /** A docker on PATH, by what it does. */
  docker(script: string): void {
    writeFileSync(join(this.path, "docker"), `#!/bin/sh\n${script}\n`);
    chmodSync(join(this.path, "docker"), 0o755);
  }

  removeDocker(): void {
    rmSync(join(this.path, "docker"), { force: true });
  }

  remove(): void {
    rmSync(this.clone, { recursive: true });
  }
}

const OPTIONS = { extendEnv: false, reject: false, stdin: "ignore", cwd: tmpdir(), timeout: 50_000 } as const;
