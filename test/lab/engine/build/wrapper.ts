// Programs of ours in TypeScript, as the executables that the Pulumi CLI looks for on PATH.

/** One word of a POSIX shell, whatever it holds. */
export const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/**
 * A shell script that becomes `script` under exactly this `node`: the one on the caller's PATH may be too old to strip types.
 * Some versions warn when they do, on stderr, which the CLI shows.
 */
export function wrapper(node: string, script: string): string {
  return `#!/bin/sh
# Written by test/lab/engine/build.ts
exec ${quoted(node)} --disable-warning=ExperimentalWarning ${quoted(script)} "$@"
`;
}

/** The plugins that stand in for released ones: `command.ts` is plugin `command`. */
export function standIns(fileNames: string[]): string[] {
  const shared = new Set(["index", "shared"]);
  return fileNames.flatMap((name) => name.match(/^([a-z0-9-]+)\.ts$/)?.[1] ?? []).filter((name) => !shared.has(name)).toSorted();
}
