// The `Prefer` header (references/api/preferences.rst; src/PostgREST/ApiRequest/Preferences.hs at v14.17).

export interface Preferences {
  resolution: "merge-duplicates" | "ignore-duplicates" | undefined;
  return: "representation" | "minimal" | "headers-only" | undefined;
  count: "exact" | "planned" | "estimated" | undefined;
  tx: "commit" | "rollback" | undefined;
  missing: "default" | "null" | undefined;
  handling: "strict" | "lenient" | undefined;
  timezone: string | undefined;
  maxAffected: number | undefined;
  invalid: string[];
}

const CHOICES = {
  resolution: ["merge-duplicates", "ignore-duplicates"],
  return: ["representation", "minimal", "headers-only"],
  count: ["exact", "planned", "estimated"],
  tx: ["commit", "rollback"],
  missing: ["default", "null"],
  handling: ["strict", "lenient"],
} as const;

type Choice = keyof typeof CHOICES;

export function parsePreferences(header: string | undefined, txAllowed: boolean, timezones: ReadonlySet<string>): Preferences {
  const given = (header ?? "").split(",").map((part) => part.trim()).filter((part) => part !== "");
  const choose = <K extends Choice>(name: K): (typeof CHOICES)[K][number] | undefined => {
    const first = given.find((one) => CHOICES[name].some((value) => one === `${name}=${value}`));
    return first?.slice(name.length + 1) as (typeof CHOICES)[K][number] | undefined;
  };
  const after = (prefix: string): string | undefined => given.find((one) => one.startsWith(prefix))?.slice(prefix.length);
  const accepted = new Set(Object.entries(CHOICES).flatMap(([name, values]) => values.map((value) => `${name}=${value}`)));
  const timezone = after("timezone=");
  const knownTimezone = timezone !== undefined && timezones.has(timezone) ? timezone : undefined;
  const maxAffected = after("max-affected=");
  return {
    resolution: choose("resolution"),
    return: choose("return"),
    count: choose("count"),
    tx: txAllowed ? choose("tx") : undefined,
    missing: choose("missing"),
    handling: choose("handling"),
    timezone: knownTimezone,
    maxAffected: maxAffected !== undefined && /^-?\d+$/.test(maxAffected) ? Number(maxAffected) : undefined,
    invalid: given.filter(
      (one) =>
        !accepted.has(one) && !one.startsWith("max-affected=") && !(one.startsWith("timezone=") && knownTimezone !== undefined),
    ),
  };
}

/** `Preference-Applied`: only what had an effect; the caller leaves out what does not belong to its kind of request. */
export function preferenceApplied(applied: Partial<Preferences>): string | undefined {
  const parts = (["resolution", "missing", "return", "count", "tx", "handling", "timezone"] as const)
    .filter((name) => applied[name] !== undefined)
    .map((name) => `${name}=${applied[name]}`);
  if (applied.handling === "strict" && applied.maxAffected !== undefined) parts.push(`max-affected=${applied.maxAffected}`);
  return parts.length === 0 ? undefined : parts.join(", ");
}
