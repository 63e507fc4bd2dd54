// Stand-in for the random plugin (see CONTRACT.md); started as `pulumi-resource-random` by the engine.
import { changesOf, check, importedInputs, markSecrets, planned, stored } from "./lib/bridged.ts";
import { serve } from "./lib/server.ts";
import { createRandomId, importRandomId, randomIdSchema } from "./random/randomId.ts";
import {
  createRandomPassword,
  importRandomPassword,
  passwordFailures,
  randomPasswordSchema,
  withNumeric,
} from "./random/randomPassword.ts";
import type { Schema } from "./lib/bridged.ts";
import type { CheckFailure, ResourceType } from "./lib/plugin.ts";
import type { Properties } from "./lib/value.ts";

interface Kind {
  schema: Schema;
  create(plan: Properties): { id: string; state: Properties };
  import(id: string): { id: string; state: Properties };
  normal?(inputs: Properties): Properties;
  failures?(inputs: Properties): CheckFailure[];
}

/** All that is random is made once: a refresh answers state as it is, an update only changes what replaces nothing. */
function resourceOf(kind: Kind): ResourceType {
  const { schema } = kind;
  // The plugin-framework bridge knows no defaults when it makes an import's inputs, nor `__defaults`.
  const withoutDefaults = Object.fromEntries(Object.entries(schema).map(([name, { default: _, ...field }]) => [name, field]));
  const normal = (inputs: Properties) => kind.normal?.(inputs) ?? inputs;
  return {
    check({ news }) {
      const given = Object.fromEntries(Object.entries(news).filter(([, value]) => value !== null));
      const checked = check("random", schema, markSecrets(schema, given));
      return { ...checked, failures: [...checked.failures, ...(kind.failures?.(given) ?? [])] };
    },
    diff: ({ state, inputs, ignoreChanges }) => ({
      changes: changesOf(schema, state, normal(inputs), ignoreChanges),
      detailed: false,
    }),
    async create({ inputs, preview }) {
      const plan = planned(schema, {}, normal(inputs));
      const { id, state } = preview ? { id: "", state: plan } : kind.create(plan);
      return { id, state: stored(schema, id, state) };
    },
    async read({ id, inputs, state }) {
      if (Object.keys(state).length > 0) return { id, inputs, state: stored(schema, id, state) };
      const imported = kind.import(id);
      const now = stored(schema, imported.id, imported.state);
      const { __defaults, ...given } = importedInputs(withoutDefaults, now);
      return { id: imported.id, inputs: given, state: now };
    },
    update: async ({ id, state, inputs }) => stored(schema, id, planned(schema, state, normal(inputs))),
    delete: async () => {},
  };
}

await serve(
  {
    name: "random",
    acceptSecrets: false,
    resources: {
      "random:index/randomId:RandomId": resourceOf({ schema: randomIdSchema, create: createRandomId, import: importRandomId }),
      "random:index/randomPassword:RandomPassword": resourceOf({
        schema: randomPasswordSchema,
        create: createRandomPassword,
        import: importRandomPassword,
        normal: withNumeric,
        failures: passwordFailures,
      }),
    },
  },
  process.argv.slice(2),
);
