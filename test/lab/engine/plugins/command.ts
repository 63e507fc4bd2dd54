// Stand-in for the command plugin (see CONTRACT.md); started as `pulumi-resource-command` by the engine.
import { localCommand, localRun } from "./command/localCommand.ts";
import { serve } from "./lib/server.ts";

await serve(
  {
    name: "command",
    acceptSecrets: true,
    resources: { "command:local:Command": localCommand },
    functions: { "command:local:run": localRun },
  },
  process.argv.slice(2),
);
