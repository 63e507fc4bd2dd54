import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import jsonwebtoken from "jsonwebtoken";
import type { ContractCase } from "./authClient.ts";

export type { ContractCase } from "./authClient.ts";

/** A Storage to test: one with file backend, FILE_SIZE_LIMIT 52428800, and nothing else in its buckets' names that begin with `contract-`. */
export type StorageTarget = {
  readonly baseUrl: string;
  /** Go with every request; for one of several tenants its X-Forwarded-Host. */
  readonly headers: Record<string, string>;
  readonly jwtSecret: string;
  readonly serviceKey: string;
  readonly anonKey: string;
};

/** Runs SQL as a superuser in Storage's database. */
export type Query = (text: string, values?: unknown[]) => Promise<Record<string, any>[]>;

export type Answer = { status: number; headers: Headers; body: any; text: string };

type Asked = { token?: string; json?: unknown; body?: BodyInit; headers?: Record<string, string> };

export async function call(target: StorageTarget, method: string, path: string, { token, json, body, headers = {} }: Asked = {}): Promise<Answer> {
  const answer = await fetch(`${target.baseUrl}${path}`, {
    method,
    redirect: "manual",
    headers: {
      ...target.headers,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(json === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    body: json === undefined ? body : JSON.stringify(json),
  });
  const text = await answer.text();
  const isJson = answer.headers.get("content-type")?.includes("application/json") ?? false;
  return { status: answer.status, headers: answer.headers, text, body: isJson && text !== "" ? JSON.parse(text) : undefined };
}

/** A user of the project. */
export const userToken = ({ jwtSecret }: StorageTarget, sub: string = randomUUID()): string =>
  jsonwebtoken.sign({ role: "authenticated", sub, iss: "supabase" }, jwtSecret, { expiresIn: "1h" });

export const newName = (): string => `contract-${randomUUID().slice(0, 8)}`;

/** A bucket of the service role. @returns its id */
export async function newBucket(target: StorageTarget, options: Record<string, unknown> = {}): Promise<string> {
  const name = newName();
  const { status, text } = await call(target, "POST", "/bucket", { token: target.serviceKey, json: { name, ...options } });
  assert.equal(status, 200, text);
  return name;
}

/** An object of the service role. */
export async function put(target: StorageTarget, bucket: string, name: string, text = name, headers: Record<string, string> = {}): Promise<Answer> {
  const answer = await call(target, "POST", `/object/${bucket}/${name}`, { token: target.serviceKey, body: text, headers: { "content-type": "text/plain", ...headers } });
  assert.equal(answer.status, 200, answer.text);
  return answer;
}

/** Asserts upstream's error: the body's code is the true one, the answer's own status is 400 for all but a few. */
export function fails(answer: Answer, statusCode: string, error: string, message: string | RegExp, status = 400): void {
  assert.equal(answer.status, status, answer.text);
  const { message: said, ...rest } = answer.body;
  assert.deepEqual({ statusCode: rest.statusCode, error: rest.error }, { statusCode, error });
  if (typeof message === "string") assert.equal(said, message);
  else assert.match(said, message);
}

export type Cases = (target: () => StorageTarget) => ContractCase[];
