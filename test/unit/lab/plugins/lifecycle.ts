// What the engine does with a resource, for tests that speak to a plugin themselves.
import { expect } from "@jest/globals";
import { reveal } from "../../../lab/engine/plugins/lib/value.ts";
import type { Properties } from "../../../lab/engine/plugins/lib/value.ts";
import type { PluginProcess } from "./pluginProcess.ts";

/** A resource as the engine keeps it, without secret marks: it takes them off before it sends state to a bridged plugin. */
export interface Kept {
  id: string;
  inputs: Properties;
  state: Properties;
}

export async function messageOf(failing: Promise<unknown>): Promise<string> {
  return failing.then(
    () => "succeeded",
    (error: Error) => error.message,
  );
}

export function lifecycle(plugin: () => PluginProcess) {
  return {
    /** Checks and creates. */
    async up(type: string, given: Properties): Promise<Kept> {
      const { inputs, failures } = await plugin().check(type, given);
      expect(failures).toEqual([]);
      const plain = reveal(inputs) as Properties;
      const { id, state } = await plugin().create(type, plain);
      return { id, inputs: plain, state: reveal(state) as Properties };
    },

    /** Checks and updates; the id stays, as the protocol has it. */
    async change(type: string, old: Kept, given: Properties): Promise<Kept> {
      const inputs = reveal((await plugin().check(type, given, old.inputs)).inputs) as Properties;
      const state = reveal(await plugin().update(type, old.id, old.state, inputs)) as Properties;
      return { id: old.id, inputs, state };
    },

    /** Neither a preview nor one after a refresh shows a change. */
    async isClean(type: string, { id, inputs, state }: Kept): Promise<void> {
      const read = await plugin().read(type, id, { inputs, state });
      const now = { inputs: reveal(read.inputs) as Properties, state: reveal(read.state) as Properties };
      const kept = await plugin().diff(type, { inputs, state }, inputs);
      const refreshed = await plugin().diff(type, now, inputs);
      expect({ kept, refreshed }).toEqual({ kept: { replaces: [], diffs: [] }, refreshed: { replaces: [], diffs: [] } });
    },
  };
}
