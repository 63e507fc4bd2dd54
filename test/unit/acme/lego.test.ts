import { describe, expect, test } from "@jest/globals";
import { existsSync, statSync } from "node:fs";
import { accountFolder, legoArguments, legoEnvironment, legoFile } from "../../../images/acme/lego.ts";
import type { Acme } from "../../../images/acme/settings.ts";

const acme: Acme = { email: "me@example.com", server: "https://ca.example/directory", serverRoots: "/etc/roots.pem", dns: { api: "https://dns.example/v1", token: "a secret" } };
const env = { PATH: "/bin", HOME: "/root", SECRET: "of the container's" };

test("by HTTP: what the webroot holds", () => {
  expect(legoArguments(acme, { name: "blog.example.com", challenge: "http-01" }).join(" ")).toBe(
    "--accept-tos --email me@example.com --server https://ca.example/directory --path /var/lib/indie-ventures-acme/lego --domains blog.example.com --key-type ec256 --http --http.webroot /certificates/webroot run",
  );
});

test("by DNS: a wildcard with its star", () => {
  expect(legoArguments(acme, { name: "_.example.com", challenge: "dns-01" }).join(" ")).toBe(
    "--accept-tos --email me@example.com --server https://ca.example/directory --path /var/lib/indie-ventures-acme/lego --domains *.example.com --key-type ec256 --dns exec --dns.disable-cp run",
  );
});

describe("its environment", () => {
  test("has the token for DNS alone, and nothing of the container's own", () => {
    expect(legoEnvironment(acme, { name: "a.example", challenge: "http-01" }, env)).toEqual({ PATH: "/bin", NODE_OPTIONS: undefined, LEGO_CA_CERTIFICATES: "/etc/roots.pem" });
    const { EXEC_PATH, ...rest } = legoEnvironment(acme, { name: "a.example", challenge: "dns-01" }, env);
    expect(rest).toEqual({ PATH: "/bin", NODE_OPTIONS: undefined, LEGO_CA_CERTIFICATES: "/etc/roots.pem", DNS_API: "https://dns.example/v1", DNS_TOKEN: "a secret" });
    expect(existsSync(EXEC_PATH!)).toBe(true);
  });

  test("names a program that can be run as one", () => {
    const { EXEC_PATH } = legoEnvironment(acme, { name: "a.example", challenge: "dns-01" }, env);
    expect(statSync(EXEC_PATH!).mode & 0o111).toBe(0o111);
  });

  test("no argument is the token", () => expect(legoArguments(acme, { name: "a.example", challenge: "dns-01" }).join(" ")).not.toContain("a secret"));
});

test("where it keeps things", () => {
  expect(legoFile("_.example.com")).toBe("/var/lib/indie-ventures-acme/lego/certificates/_.example.com");
  expect(accountFolder({ ...acme, server: "https://127.0.0.1:14000/dir" })).toBe("/var/lib/indie-ventures-acme/lego/accounts/127.0.0.1_14000");
  expect(accountFolder(acme)).toBe("/var/lib/indie-ventures-acme/lego/accounts/ca.example");
});
