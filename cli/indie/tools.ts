import { execa } from "execa";
import { readEnvironment } from "../environment.ts";
import { leaveWithReader, outliveInterrupt } from "../interrupt.ts";
import { root } from "../layout.ts";
import { EXIT } from "../report.ts";
import { runner } from "../run.ts";
import type { Tools } from "./context.ts";

export async function tools(): Promise<Tools> {
  const env = (await readEnvironment()) ?? process.env;
  return {
    env,
    run: runner(root, env),
    async attach(file, args) {
      // What we are given on stdin is a script's own: `while read name; do indie backup "$name"; done < list`.
      const stdio = ["ignore", "inherit", "inherit"] as const;
      const { result, isInterrupted } = await outliveInterrupt(() => execa(file, args, { env, extendEnv: false, stdio, reject: false }));
      return isInterrupted ? EXIT.interrupted : (result.exitCode ?? EXIT.failed);
    },
    async stream(file, args, onLine) {
      leaveWithReader();
      const child = execa(file, args, { env, extendEnv: false, stdin: "ignore", all: true, buffer: false, reject: false });
      for await (const line of child.iterable({ from: "all" })) onLine(line);
      return (await child).exitCode ?? EXIT.failed;
    },
  };
}
