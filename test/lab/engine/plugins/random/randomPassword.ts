// `random:index/randomPassword:RandomPassword`: terraform-provider-random ad788e2 internal/provider/resource_password.go
// and internal/random/string.go.
import { randomInt } from "node:crypto";
import type { Schema } from "../lib/bridged.ts";
import type { CheckFailure } from "../lib/plugin.ts";
import type { Properties } from "../lib/value.ts";

export const randomPasswordSchema: Schema = {
  length: { type: "number", required: true, replaces: true, minimum: 1 },
  keepers: { type: "map", replaces: true },
  lower: { type: "boolean", default: true, replaces: true },
  upper: { type: "boolean", default: true, replaces: true },
  numeric: { type: "boolean", default: true, replaces: true },
  number: { type: "boolean", default: true, replaces: true },
  special: { type: "boolean", default: true, replaces: true },
  minLower: { type: "number", default: 0, replaces: true },
  minUpper: { type: "number", default: 0, replaces: true },
  minNumeric: { type: "number", default: 0, replaces: true },
  minSpecial: { type: "number", default: 0, replaces: true },
  overrideSpecial: { type: "string", replaces: true },
  result: { type: "string", outputOnly: true, secret: true },
};

/** `number` is the old name of `numeric`: giving either gives both. */
export function withNumeric(inputs: Properties): Properties {
  const numeric = inputs["numeric"] ?? inputs["number"];
  return numeric === undefined ? inputs : { ...inputs, numeric, number: numeric };
}

const minimums = ["minLower", "minUpper", "minNumeric", "minSpecial"] as const;

export function passwordFailures(inputs: Properties): CheckFailure[] {
  const { length, lower, upper, special, number, numeric } = inputs;
  const failure = (property: string, reason: string) => [{ property, reason: `lab random: ${reason}` }];
  if (typeof number === "boolean" && typeof numeric === "boolean" && number !== numeric) {
    return failure("number", "number and numeric must be the same");
  }
  if ([lower, upper, special, numeric ?? number].every((value) => value === false)) {
    return failure("special", "at least one of special, upper, lower, numeric must be true");
  }
  const least = minimums.reduce((sum, name) => sum + (typeof inputs[name] === "number" ? inputs[name] : 0), 0);
  return typeof length === "number" && length < least ? failure("length", `must be at least the sum of the minimums, ${least}`) : [];
}

const sets = {
  Numeric: "0123456789",
  Lower: "abcdefghijklmnopqrstuvwxyz",
  Upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
} as const;

function pick(characters: string, count: number): string[] {
  const all = [...characters];
  return Array.from({ length: count }, () => all[randomInt(all.length)] as string);
}

function shuffled(items: string[]): string[] {
  const mixed = [...items];
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [mixed[i], mixed[j]] = [mixed[j] as string, mixed[i] as string];
  }
  return mixed;
}

/** A password from the system's cryptographic source that keeps every minimum of the plan. */
export function generate(plan: Properties): string {
  const characters = { ...sets, Special: String(plan["overrideSpecial"] || "!@#$%&*()-_=+[]{}<>:?") };
  const wanted = Object.entries(characters).filter(([kind]) => plan[kind.toLowerCase()] === true);
  const all = wanted.map(([, set]) => set).join("");
  const least = Object.entries(characters).flatMap(([kind, set]) => pick(set, Number(plan[`min${kind}`] ?? 0)));
  return shuffled([...least, ...pick(all, Number(plan["length"]) - least.length)]).join("");
}

export function createRandomPassword(plan: Properties): { id: string; state: Properties } {
  return { id: "none", state: { ...plan, result: generate(plan) } };
}

/** @param importId the password itself; length counts bytes, as upstream. */
export function importRandomPassword(importId: string): { id: string; state: Properties } {
  const flags = { lower: true, upper: true, numeric: true, number: true, special: true };
  const least = { minLower: 0, minUpper: 0, minNumeric: 0, minSpecial: 0 };
  return { id: "none", state: { length: Buffer.byteLength(importId), ...flags, ...least, result: importId } };
}
