import { isCancel, select, text } from "@clack/prompts";
import { Interrupted } from "../report.ts";
import type { Ask } from "./context.ts";

function answered<T>(answer: T | symbol): T {
  if (isCancel(answer)) throw new Interrupted("Nothing was changed.");
  return answer as T;
}

export const clack: Ask = {
  async text({ message, check, initial, placeholder }) {
    const validate = (answer: string | undefined) => check?.((answer ?? "").trim());
    return answered<string>(await text({ message, initialValue: initial, placeholder, validate })).trim();
  },
  async choose({ message, choices, initial }) {
    const answer = await select<string>({ message, options: choices, initialValue: initial });
    const chosen = choices.find(({ value }) => value === answered<string>(answer));
    if (chosen === undefined) throw new Error("an answer that was not offered");
    return chosen.value;
  },
};
