// Property values as they cross the plugin protocol. Signatures and sentinels: pulumi v3.259.0
// sdk/go/common/resource/{properties.go,sig}, sdk/go/common/resource/plugin/rpc.go.
import { isDeepStrictEqual } from "node:util";

const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const unknownString = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const unknownSentinels: ReadonlySet<unknown> = new Set([
  unknownString,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // boolean
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // array
  "030794c1-ac77-496b-92df-f27374a8bd58", // asset
  "e48ece36-62e2-4504-bad9-02848725956a", // archive
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
]);

/** A value that a preview does not know yet. */
export const unknown: unique symbol = Symbol("unknown");

/** A value that must reach state and display encrypted only. */
export class Secret {
  readonly value: Value;
  constructor(value: Value) {
    this.value = value instanceof Secret ? value.value : value;
  }
}

export type Value = null | boolean | number | string | Value[] | Properties | Secret | typeof unknown;
export interface Properties {
  [name: string]: Value;
}

/** Own names only: a property named `__proto__` is data like any other. */
function mapProperties(properties: object, change: (value: any) => any): any {
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, change(value)]),
  );
}

/** The wire's plain JSON as values: secrets and unknowns become visible as such. */
export function decode(wire: any): Value {
  if (unknownSentinels.has(wire)) return unknown;
  if (Array.isArray(wire)) return wire.map(decode);
  if (wire === null || typeof wire !== "object") return wire;
  if (wire[signatureKey] === secretSignature) return new Secret(decode(wire.value));
  if (wire[signatureKey] === outputSignature) {
    const value = "value" in wire ? decode(wire.value) : unknown;
    return wire.secret ? new Secret(value) : value;
  }
  return mapProperties(wire, decode);
}

/** Values as the wire's plain JSON; properties that are `undefined` are left out. */
export function encode(value: Value): any {
  if (value === unknown) return unknownString;
  if (value instanceof Secret) return { [signatureKey]: secretSignature, value: encode(value.value) };
  if (Array.isArray(value)) return value.map(encode);
  if (value === null || typeof value !== "object") return value;
  return mapProperties(value, encode);
}

/** The value without its secret marks, at any depth; for use inside the plugin only, never for an answer. */
export function reveal(value: Value): Value {
  if (value instanceof Secret) return reveal(value.value);
  if (Array.isArray(value)) return value.map(reveal);
  if (value === null || typeof value !== "object") return value;
  return mapProperties(value, reveal);
}

/** @see reveal */
export function revealAll(properties: Properties): Properties {
  return reveal(properties) as Properties;
}

export function containsUnknown(value: Value | undefined): boolean {
  if (value === unknown) return true;
  if (value instanceof Secret) return containsUnknown(value.value);
  return typeof value === "object" && value !== null && Object.values(value).some(containsUnknown);
}

export function isObject(value: Value | undefined): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Secret);
}

/** Equality as the engine has it: `null` and "absent" are one, a secret equals only a secret. */
export function equal(left: Value | undefined, right: Value | undefined): boolean {
  return isDeepStrictEqual(left ?? null, right ?? null);
}
