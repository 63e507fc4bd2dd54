import { parseDuration } from "./duration.ts";

/** A configuration that upstream would refuse too. The message carries the key, never a secret's value. */
export class ConfigError extends Error {}

/** Reads upstream's variables with the rules of kelseyhightower/envconfig (upstream: internal/conf/confload/confload.go). */
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

  text(key: string, byDefault = "", shortKey?: string): string {
    return this.#get(key, shortKey) ?? byDefault;
  }

  /** Set but empty passes, as upstream; unset is an error that names the short key when there is one. */
  required(key: string, shortKey?: string): string {
    const value = this.#get(key, shortKey);
    if (value === undefined) throw new ConfigError(`required key ${shortKey ?? key} missing value`);
    return value;
  }

  bool(key: string, byDefault = false): boolean {
    const value = this.#get(key);
    if (value === undefined) return byDefault;
    if (/^(1|t|T|TRUE|true|True)$/.test(value)) return true;
    if (/^(0|f|F|FALSE|false|False)$/.test(value)) return false;
    throw this.#unreadable(key, value, "bool", `strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`);
  }

  int(key: string, byDefault: number): number {
    const value = this.#get(key);
    if (value === undefined) return byDefault;
    if (/^[+-]?\d+$/.test(value)) return Number(value);
    throw this.#unreadable(key, value, "int", `strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
  }

  /** @returns milliseconds */
  duration(key: string, byDefault: number): number {
    const value = this.#get(key);
    if (value === undefined) return byDefault;
    const parsed = parseDuration(value);
    if ("error" in parsed) throw this.#unreadable(key, value, "time.Duration", parsed.error);
    return parsed.ms;
  }

  /** Split at commas, not trimmed, as envconfig. */
  list(key: string): string[] {
    const value = this.#get(key) ?? "";
    return value.trim() === "" ? [] : value.split(",");
  }

  #get(key: string, shortKey?: string): string | undefined {
    this.known.add(key);
    if (shortKey === undefined) return this.#values[key];
    this.known.add(shortKey);
    return this.#values[key] ?? this.#values[shortKey];
  }

  #unreadable(key: string, value: string, type: string, details: string): ConfigError {
    return new ConfigError(`envconfig.Process: assigning ${key}: converting '${value}' to type ${type}. details: ${details}`);
  }
}
