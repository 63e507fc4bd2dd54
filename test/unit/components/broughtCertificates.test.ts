// A server whose certificates somebody brings in files.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LETS_ENCRYPT } from "../../../spec/tls.ts";
import { makeAuthority, makePair } from "../lib/certificates.ts";
import type { Registered } from "../lib/mocks.ts";
import { program, PROJECT, STACK } from "../lib/program.ts";

let registered: Registered[];
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "certificates-"));
  makeAuthority(folder);
  makePair(folder, "_.example.com", "*.example.com");
  ({ registered } = await program([PROJECT], { ...STACK, domain: "example.com", tls: { issuer: "manual", server: LETS_ENCRYPT, certificates: folder } }));
});
afterAll(() => rmSync(folder, { recursive: true }));

const named = (name: string, type = ":Command") => registered.find((resource) => resource.name === name && resource.type.endsWith(type))!;

test("each host's pair reaches the container on stdin, as a secret, and before its site", () => {
  const { inputs, dependencies } = named("shop-eu.example.com-certificate");
  expect(inputs.environment).toEqual({ CONTAINER: "iv-dev-acme", NAME: "shop-eu.example.com" });
  expect(inputs.create).toContain('sh tell.sh put "$NAME"');
  const { value, ...marks } = inputs.stdin as { value: string };
  expect(JSON.stringify(marks)).toContain("1b47061264138c4ac30d75fd1eb44270");
  const [fullchain, privkey] = ["crt", "key"].map((end) => readFileSync(join(folder, `_.example.com.${end}`), "utf8"));
  expect(JSON.parse(value)).toEqual({ fullchain, privkey });
  expect(dependencies).toContain("shop-eu-certificates");
  expect(named("shop-eu-https").dependencies).toContain("shop-eu.example.com-certificate");
  expect(named("api-https").dependencies).toContain("api.example.com-certificate");
});

test("nobody is asked for any", () => {
  expect((named("acme", ":Container").inputs.envs as { value: string[] }).value).toEqual(["ISSUER=manual"]);
});
