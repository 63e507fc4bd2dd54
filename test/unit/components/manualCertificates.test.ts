import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endingSoon, readManualCertificates } from "../../../components/manualCertificates.ts";
import { LETS_ENCRYPT } from "../../../spec/tls.ts";
import { makeAuthority, makePair } from "../lib/certificates.ts";

let made: string;
let folder: string;
beforeAll(() => {
  made = mkdtempSync(join(tmpdir(), "certificates-"));
  makeAuthority(made);
  makePair(made, "blog.example.com", "blog.example.com");
  makePair(made, "_.example.com", "*.example.com");
  makePair(made, "other", "other.example.net");
});
beforeEach(() => {
  folder = join(made, "here");
  rmSync(folder, { recursive: true, force: true });
  for (const name of ["blog.example.com", "_.example.com"]) for (const end of ["crt", "key"]) cpSync(join(made, `${name}.${end}`), join(folder, `${name}.${end}`));
});
afterAll(() => rmSync(made, { recursive: true }));

const read = (hosts: string[], now?: Date) => readManualCertificates(hosts, { stack: "prod", tls: { issuer: "manual", server: LETS_ENCRYPT, certificates: folder } }, now);

/** Of a RunError, which Pulumi shows without a stack. */
function errorOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    expect((error as Error).constructor.name).toBe("RunError");
    return (error as Error).message;
  }
  throw new Error("there was none");
}

const text = (name: string) => readFileSync(join(folder, name), "utf8");
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000);

describe("files", () => {
  test("a host's own, and a wildcard's for others right below", () => {
    expect(read(["blog.example.com", "docs.example.com"])).toEqual({
      "blog.example.com": { fullchain: text("blog.example.com.crt"), privkey: text("blog.example.com.key") },
      "docs.example.com": { fullchain: text("_.example.com.crt"), privkey: text("_.example.com.key") },
    });
  });

  test("a wildcard is not for what is deeper", () => expect(errorOf(() => read(["studio.blog.example.com"]))).toContain("studio.blog.example.com.crt can not be read"));

  test("those that end soon are said once", () => {
    const pairs = read(["docs.example.com", "shop.example.com", "blog.example.com"]);
    expect(endingSoon(pairs)).toEqual([]);
    expect(endingSoon(pairs, inDays(80))).toEqual([
      expect.stringMatching(/^The certificate for \*\.example\.com ends on \d{4}-\d\d-\d\d: put a new one/),
      expect.stringMatching(/^The certificate for blog\.example\.com ends on/),
    ]);
  });
});

const HOST = "blog.example.com";

describe("what is wrong is one clear error, with what to do, and no key in it", () => {
  test.each<[string, () => void, RegExp]>([
    ["no file at all", () => [`${HOST}.crt`, `${HOST}.key`, "_.example.com.crt", "_.example.com.key"].forEach((name) => rmSync(join(folder, name))), /blog\.example\.com\.crt can not be read, and blog\.example\.com needs it → .* for a wildcard _\.example\.com\.crt/],
    ["no key", () => rmSync(join(folder, `${HOST}.key`)), /blog\.example\.com\.key can not be read, and blog\.example\.com needs it → the key of/],
    ["another's key", () => cpSync(join(folder, "_.example.com.key"), join(folder, `${HOST}.key`)), /blog\.example\.com\.key is not the key of .*blog\.example\.com\.crt →/],
    ["no certificate", () => writeFileSync(join(folder, `${HOST}.crt`), "hello"), /has something that is no certificate →/],
    ["a half of one", () => writeFileSync(join(folder, `${HOST}.crt`), text(`${HOST}.crt`).slice(0, -80)), /has something that is no certificate →/],
    ["a key in it", () => writeFileSync(join(folder, `${HOST}.crt`), text(`${HOST}.crt`) + text(`${HOST}.key`)), /has something that is no certificate →/],
    ["no key in the key's file", () => writeFileSync(join(folder, `${HOST}.key`), "hello"), /is no key, or wants a passphrase →/],
    ["another host's", () => ["crt", "key"].forEach((end) => cpSync(join(made, `other.${end}`), join(folder, `${HOST}.${end}`))), /is not for blog\.example\.com: it is for other\.example\.net →/],
    ["the chain the wrong way round", () => writeFileSync(join(folder, `${HOST}.crt`), text(`${HOST}.crt`).split(/(?<=-----END CERTIFICATE-----\n)/).toReversed().join("")), /is not for blog\.example\.com: it is for no host →/],
    ["a chain of others", () => writeFileSync(join(folder, `${HOST}.crt`), text(`${HOST}.crt`).split(/(?<=-----END CERTIFICATE-----\n)/)[0]! + text("_.example.com.crt")), /do not follow from each other →/],
  ])("%s", (_, spoil, says) => {
    spoil();
    const said = errorOf(() => read([HOST]));
    expect(said).toMatch(says);
    expect(said).toMatch(/^indie-ventures:tls\.certificates {2}/);
    expect(said).toMatch(/Nothing was changed\. Another folder: pulumi config set --path indie-ventures:tls\.certificates <folder> --stack prod$/);
    expect(said).not.toContain("PRIVATE");
  });

  test("one that ended, and one that is not yet", () => {
    expect(errorOf(() => read([HOST], inDays(91)))).toMatch(/blog\.example\.com\.crt ended on \d{4}-\d\d-\d\d → a new one/);
    expect(errorOf(() => read([HOST], inDays(-1)))).toMatch(/blog\.example\.com\.crt begins on \d{4}-\d\d-\d\d →/);
  });

  test("all of them in one report", () => expect(errorOf(() => read(["a.b.example.com", "c.d.example.com"])).split("\n")).toHaveLength(3));
});
