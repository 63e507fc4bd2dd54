import { execa, type Options } from "execa";

/** Runs a command; when it fails, one error with its name and the last lines that it wrote. */
export async function run(command: string, args: readonly string[], options: Options = {}): Promise<string> {
  const result = await execa(command, args, { ...options, all: true, reject: false, stdin: "ignore" });
  if (!result.failed) return String(result.stdout);
  const said = String(result.all ?? "").trim().split("\n").slice(-15).join("\n");
  throw new Error(`lab images: ${command} ${args.slice(0, 3).join(" ")} … failed (${String(result.shortMessage).split("\n")[0]})\n${said}`);
}
