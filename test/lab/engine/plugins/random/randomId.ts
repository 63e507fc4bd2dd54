// `random:index/randomId:RandomId`: terraform-provider-random ad788e2 internal/provider/resource_id.go.
import { randomBytes } from "node:crypto";
import type { Schema } from "../lib/bridged.ts";
import type { Properties } from "../lib/value.ts";

export const randomIdSchema: Schema = {
  byteLength: { type: "number", required: true, replaces: true, minimum: 1 },
  prefix: { type: "string", replaces: true },
  keepers: { type: "map", replaces: true },
  b64Url: { type: "string", outputOnly: true },
  b64Std: { type: "string", outputOnly: true },
  hex: { type: "string", outputOnly: true },
  dec: { type: "string", outputOnly: true },
};

/** Every form of the same bytes; the id itself has no prefix. */
export function formsOf(bytes: Buffer, prefix: string): { id: string; forms: Properties } {
  const id = bytes.toString("base64url");
  const hex = bytes.toString("hex");
  return {
    id,
    forms: {
      b64Url: prefix + id,
      b64Std: prefix + bytes.toString("base64"),
      hex: prefix + hex,
      dec: prefix + BigInt(`0x${hex}`).toString(),
    },
  };
}

export function createRandomId(plan: Properties): { id: string; state: Properties } {
  const { id, forms } = formsOf(randomBytes(Number(plan["byteLength"])), String(plan["prefix"] ?? ""));
  return { id, state: { ...plan, ...forms } };
}

/** @param importId `<b64Url>` or `<prefix>,<b64Url>`; the prefix may hold commas. */
export function importRandomId(importId: string): { id: string; state: Properties } {
  const comma = importId.lastIndexOf(",");
  const prefix = comma < 0 ? "" : importId.slice(0, comma);
  const bytes = Buffer.from(importId.slice(comma + 1), "base64url");
  if (bytes.length === 0 || bytes.toString("base64url") !== importId.slice(comma + 1)) {
    throw new Error("Import Random ID Error: the id is not unpadded, URL-safe base64");
  }
  const { id, forms } = formsOf(bytes, prefix);
  return { id, state: { byteLength: bytes.length, prefix: prefix === "" ? null : prefix, keepers: null, ...forms } };
}
