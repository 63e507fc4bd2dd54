/** A configuration that upstream would refuse too, or that asks for what this stand-in lacks. The message carries keys, no secret's value. */
export class ConfigError extends Error {}

/** Reads variables as upstream's src/config.ts does: most have an older second name, and an empty value is an unset one. */
export class Env {
  /** Every key that was asked for. */
  readonly known = new Set<string>();
  readonly #values: Readonly<Record<string, string | undefined>>;

  constructor(values: Readonly<Record<string, string | undefined>>) {
    this.#values = values;
  }

  keys(): string[] {
    return Object.keys(this.#values);
  }

  /** The first of the names that has a value. */
  optional(...names: string[]): string | undefined {
    for (const name of names) this.known.add(name);
    return names.map((name) => this.#values[name]).find((value) => value !== undefined && value !== "");
  }

  text(byDefault: string, ...names: string[]): string {
    return this.optional(...names) ?? byDefault;
  }

  /** Upstream names the last of the names that it looked for. */
  required(...names: string[]): string {
    const value = this.optional(...names);
    if (value === undefined) throw new ConfigError(`${names.at(-1)} is undefined`);
    return value;
  }

  isTrue(...names: string[]): boolean {
    return this.optional(...names) === "true";
  }

  /** As parseInt reads it; what it can not read is the default. */
  int(byDefault: number, ...names: string[]): number {
    const value = parseInt(this.optional(...names) ?? "", 10);
    return Number.isNaN(value) ? byDefault : value;
  }
}
