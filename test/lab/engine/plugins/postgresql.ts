// Stand-in for the postgresql plugin (see CONTRACT.md); started as `pulumi-resource-postgresql` by the engine.
import { serve } from "./lib/server.ts";
import { configurationOf } from "./postgresql/configuration.ts";
import { resources } from "./postgresql/resource.ts";
import { PostgresServer } from "./postgresql/server.ts";

let server: PostgresServer | undefined;

await serve(
  {
    name: "postgresql",
    acceptSecrets: false,
    configure(args) {
      server = new PostgresServer(configurationOf(args, process.env));
    },
    resources: resources(() => {
      if (!server) throw new Error("lab postgresql: an operation before the provider was configured");
      return server;
    }),
  },
  process.argv.slice(2),
);
