// Request bodies (src/PostgREST/ApiRequest/Payload.hs at v14.17).
import { invalidBody } from "./errors.ts";
import { toMime } from "./mediaTypes.ts";
import type { MediaType } from "./mediaTypes.ts";
import { parsePairs } from "./queryParams.ts";

export type Payload =
  | { kind: "json"; text: string; keys: string[] }
  | { kind: "params"; pairs: [string, string][]; keys: string[] }
  | { kind: "raw"; bytes: Buffer; keys: [] };

const sortedKeys = (object: object): string[] => Object.keys(object).sort();

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** All objects of an array need the same keys, because they become one table. */
function jsonKeys(value: unknown): string[] | undefined {
  if (isObject(value)) return sortedKeys(value);
  if (!Array.isArray(value) || value.length === 0) return [];
  if (!value.every(isObject)) return undefined;
  const keys = sortedKeys(value[0] as object);
  const same = (value as object[]).every((one) => {
    const own = sortedKeys(one);
    return own.length === keys.length && own.every((key, index) => key === keys[index]);
  });
  return same ? keys : undefined;
}

function jsonPayload(body: Buffer, columns: string[] | undefined, isRpc: boolean): Payload {
  const text = body.toString("utf8");
  // With `columns=` upstream does not look into the body at all.
  if (columns !== undefined) return { kind: "json", text, keys: [...new Set(columns)].sort() };
  let value: unknown = {};
  if (body.length > 0 || !isRpc) {
    try {
      value = JSON.parse(text);
    } catch {
      throw invalidBody("Empty or invalid json");
    }
  }
  const keys = jsonKeys(value);
  if (keys === undefined) throw invalidBody("All object keys must match");
  const usable = isObject(value) || Array.isArray(value);
  return { kind: "json", text: body.length === 0 ? "{}" : usable ? text : "[]", keys };
}

/** A quoted field may hold `,`, line ends and doubled quotes. */
function csvRows(text: string): string[][] {
  const rows: string[][] = [[]];
  const token = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy;
  while (token.lastIndex < text.length) {
    const found = token.exec(text);
    if (found === null) throw invalidBody("parse error (Failed reading: conversion error: cannot unpack array)");
    rows[rows.length - 1]!.push(found[1]?.replaceAll('""', '"') ?? found[2]!);
    if (found[3] !== "," && token.lastIndex < text.length) rows.push([]);
  }
  return rows;
}

function csvPayload(body: Buffer): Payload {
  const [header, ...rows] = csvRows(body.toString("utf8"));
  if (header === undefined || header.length === 0) throw invalidBody("not enough input");
  if (rows.some((row) => row.length !== header.length)) throw invalidBody("All lines must have same number of fields");
  const objects = rows.map((row) => Object.fromEntries(row.map((value, index) => [header[index]!, value === "NULL" ? null : value])));
  return { kind: "json", text: JSON.stringify(objects), keys: rows.length === 0 ? [] : [...new Set(header)].sort() };
}

export function parsePayload(body: Buffer, type: MediaType, columns: string[] | undefined, isRpc: boolean): Payload {
  if (type.kind === "json") return jsonPayload(body, columns, isRpc);
  if (type.kind === "csv") return csvPayload(body);
  if (type.kind === "urlencoded") {
    const pairs = parsePairs(body.toString("utf8"));
    const keys = [...new Set(pairs.map(([key]) => key))].sort();
    return isRpc ? { kind: "params", pairs, keys } : { kind: "json", text: JSON.stringify(Object.fromEntries(pairs)), keys };
  }
  if (isRpc && (type.kind === "text" || type.kind === "xml" || type.kind === "octet")) return { kind: "raw", bytes: body, keys: [] };
  throw invalidBody(`Content-Type not acceptable: ${toMime(type)}`);
}
