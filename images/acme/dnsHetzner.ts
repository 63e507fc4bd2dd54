#!/usr/bin/env node
// lego's `exec` provider calls it (go-acme.github.io/lego/dns/exec): `present|cleanup <fqdn> <value>`. lego 4.9 itself knows only the API of before.
import { DNS_PREFIX } from "./failure.ts";
import { cleanUp, present } from "./hetzner.ts";
import { inWords } from "./stop.ts";

const DO: Record<string, typeof present> = { present, cleanup: cleanUp };

const [word = "", fqdn = "", value = ""] = process.argv.slice(2);
const { DNS_API: url = "", DNS_TOKEN: token = "" } = process.env;
try {
  const act = DO[word];
  if (act === undefined || fqdn === "" || value === "") throw new Error("usage: present|cleanup <fqdn> <value>");
  await act({ url, token }, fqdn, value);
} catch (error) {
  console.error(`${DNS_PREFIX}${inWords(error)}`);
  process.exitCode = 1;
}
