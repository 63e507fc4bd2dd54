/** A configuration that upstream would refuse too. The message names the key, never a secret's value. */
export class ConfigError extends Error {}

/** Reads upstream's variables with the rules of lib/realtime/env.ex (v2.129.8): set but empty is set. */
export class Env {
  /** Every key that was asked for: what is left over is unknown to this stand-in. */
  readonly known = new Set<string>();
  readonly #values: Readonly<Record<string, string | undefined>>;

  constructor(values: Readonly<Record<string, string | undefined>>) {
    this.#values = values;
  }

  keys(): string[] {
    return Object.keys(this.#values);
  }

  optional(key: string): string | undefined {
    this.known.add(key);
    return this.#values[key];
  }

  text(key: string, byDefault: string): string {
    return this.optional(key) ?? byDefault;
  }

  /** `System.fetch_env!`: set but empty passes. */
  required(key: string): string {
    const value = this.optional(key);
    if (value === undefined)
      throw new ConfigError(`(System.EnvError) could not fetch environment variable ${JSON.stringify(key)} because it is not set`);
    return value;
  }

  integer(key: string, byDefault: number): number {
    const value = this.optional(key);
    if (value === undefined) return byDefault;
    if (/^[+-]?\d+$/.test(value)) return Number(value);
    throw new ConfigError(`(ArgumentError) env ${key} expected a Integer, got ${JSON.stringify(value)}`);
  }

  boolean(key: string, byDefault: boolean): boolean {
    const value = this.optional(key)?.trim().toLowerCase();
    if (value === undefined) return byDefault;
    if (value === "true" || value === "1") return true;
    if (value === "false" || value === "0") return false;
    throw new ConfigError(`(ArgumentError) env ${key} expected a boolean or 0/1 values, got ${JSON.stringify(value)}`);
  }

  list(key: string): string[] {
    return (this.optional(key)?.split(",") ?? []).map((item) => item.trim()).filter((item) => item !== "");
  }
}
