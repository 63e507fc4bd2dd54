// `lab-rest`: the lab's stand-in for PostgREST. `main.ts` serves, `main.ts --ready` asks the admin server, `main.ts --version` says
// what this is. Configuration: PGRST_… only, see CONTRACT.md.
import { ConfigError } from "./config.ts";
import type { Environment } from "./config.ts";
import { NAME, VERSION } from "./errors.ts";

async function main(argv: string[], env: Environment): Promise<void> {
  if (argv.includes("--version") || argv.includes("-v")) {
    process.stdout.write(`PostgREST ${VERSION} (${NAME})\n`);
    return;
  }
  try {
    if (argv.includes("--ready")) process.exitCode = await (await import("./ready.ts")).ready(env);
    else if (argv.length === 0) await (await import("./serve.ts")).serve(env);
    else throw new ConfigError(`${NAME} knows --ready and --version only, and no configuration file`);
  } catch (error) {
    // A configuration that upstream refuses stops this too; the message names no value.
    process.stderr.write(`${NAME}: Error in config ${(error as Error).message}\n`);
    process.exit(1);
  }
}

await main(process.argv.slice(2), process.env);

