import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { load, reportOf, reportOnFields } from "./reportOf.ts";

const SMTP = "auth:\n  smtp:\n    host: smtp.example.com\n    adminEmail: a@example.com\n    user: docs\n";
const COMMAND = "pulumi config set --secret blog-smtp-password --stack dev, and write password: { fromConfig: blog-smtp-password }";

describe("where a secret belongs", () => {
  test.each([
    ["password: hunter2", `p.yaml:9:19  project "blog"  auth.smtp.password must not stand in this file → ${COMMAND}`],
    ["password: 123456", `p.yaml:9:19  project "blog"  auth.smtp.password must not stand in this file → ${COMMAND}`],
    ["password: yes", `p.yaml:9:19  project "blog"  auth.smtp.password must not stand in this file → ${COMMAND}`],
    ["password: [hunter2]", `p.yaml:9:19  project "blog"  auth.smtp.password must not stand in this file → ${COMMAND}`],
    ["password:", `p.yaml:9:18  project "blog"  auth.smtp.password must not stand in this file, and has no value → ${COMMAND}`],
    [
      "password: { fromConfig: hunter2! }",
      `p.yaml:9:33  project "blog"  auth.smtp.password.fromConfig must be a key of the stack's config: letters, digits, - and _ → ${COMMAND}`,
    ],
    [
      "password: { fromConfig: seeds.blog }",
      `p.yaml:9:33  project "blog"  auth.smtp.password.fromConfig must be a key of the stack's config: letters, digits, - and _ → ${COMMAND}`,
    ],
    [
      "password: { hunter2: x }",
      `p.yaml:9:21  project "blog"  auth.smtp.password.fromConfig must be a key of the stack's config: letters, digits, - and _ → ${COMMAND}
p.yaml:9:21  project "blog"  unknown field → known here: fromConfig`,
    ],
    [
      "password:hunter2: x",
      `p.yaml:6:9  project "blog"  auth.smtp.password is missing → write password: { fromConfig: blog-smtp-password }
p.yaml:9:9  project "blog"  unknown field that begins with password: → write a space after the colon`,
    ],
  ])("%s", (field, report) => {
    expect(reportOnFields(`${SMTP}    ${field}`)).toBe(report);
  });

  test("of the defaults and of a provider", () => {
    expect(reportOf("defaults: { auth: { smtp: { password: hunter2 } } }\nprojects: []\n")).toBe(
      "p.yaml:1:39  defaults  auth.smtp.password must not stand in this file → pulumi config set --secret smtp-password --stack dev, and write password: { fromConfig: smtp-password }",
    );
    expect(reportOnFields("auth: { external: { google: { clientId: a, secret: hunter2 } } }")).toBe(
      'p.yaml:4:56  project "blog"  auth.external.google.secret must not stand in this file → pulumi config set --secret blog-google-secret --stack dev, and write secret: { fromConfig: blog-google-secret }',
    );
  });
});

describe("secrets that the stack's config does not have", () => {
  const fields = `${SMTP}    password: { fromConfig: mail }\n  external: { google: { clientId: a, secret: { fromConfig: google } } }`;

  test("are said before there is any resource", () => {
    expect(reportOnFields(fields, { isSet: () => false })).toBe(
      `p.yaml:9:33  project "blog"  auth.smtp.password: the stack's config has no mail → pulumi config set --secret mail --stack dev
p.yaml:10:64  project "blog"  auth.external.google.secret: the stack's config has no google → pulumi config set --secret google --stack dev`,
    );
    expect(reportOnFields(fields, { isSet: (key) => key === "mail" || key === "google" })).toBeUndefined();
  });

  test("do not matter where the project is not", () => {
    const text = `projects:\n  - {name: blog, architecture: shared, server: prod, auth: {external: {google: {clientId: a, secret: {fromConfig: k}}}}}\n`;
    expect(load(text, { stack: "other", config: {}, isSet: () => false })).toEqual([]);
    expect(reportOf(text, { stack: "prod", config: {}, isSet: () => false })).toContain("the stack's config has no k");
  });
});

describe("no report repeats a secret, however broken the file is", () => {
  /** In every way that YAML has for a value, and in some that it has not. */
  const values = [
    "hunter2", '"hunter2"', "'hunter2'", "*hunter2", "&hunter2 x", "!hunter2", "!hunter2 x", "!<hunter2> x", "@hunter2", "`hunter2", "%hunter2",
    '"hunter2\\q"', '"\\hunter2"', '"hunter2', "'hunter2", "hunter2: x", "x: hunter2: y", "- hunter2", "? hunter2", "[hunter2", "{hunter2", "{ hunter2: 1 }",
    "[hunter2]", "{ a: hunter2 }", "|\n        hunter2", ">hunter2", "|hunter2", "|\n hunter2", "# hunter2", "}hunter2", "]hunter2", "{ fromConfig: 'hunter2!' }",
    "{ fromConfig: hunter2.x }", "{ fromConfig:hunter2 }", "{ fromConfig: { hunter2: a } }", "{ fromConfig: [hunter2] }", "\n        hunter2", "\n      hunter2",
    "\n        hunter2:", "!!int hunter2", "!!str hunter2 !!str", "*hunter2 : x", "{hunter2}", "--- hunter2", "\n--- hunter2", "\n%hunter2\n---\n",
  ];
  const around = (value: string) => `projects:
  - name: blog
    architecture: shared
    auth:
      smtp:
        host: smtp.example.com
        adminEmail: a@example.com
        password: ${value}
        user: docs
      external:
        google:
          secret: ${value}
          clientId: docs
`;

  test.each(values)("%s", (value) => {
    const report = reportOf(around(value));
    expect(report).toEqual(expect.any(String));
    expect(report).not.toContain("hunter");
  });

  test("nor with a mistake beside it", () => {
    const characters = fc.constantFrom(..." \n\t:-?[]{},&*!|>'\"%@`#x~<\\".split(""));
    fc.assert(
      fc.property(fc.constantFrom(...values), fc.nat(), fc.nat(3), fc.string({ unit: characters, maxLength: 2 }), (value, at, length, instead) => {
        const text = around(value);
        const from = text.indexOf("password") - 12 + (at % 120);
        const mutated = text.slice(0, from) + instead + text.slice(from + length);
        // Where the mutation makes it a part of another value, that one may be shown.
        expect(reportOf(mutated) ?? "").not.toContain("hunter");
      }),
      { numRuns: 1000 },
    );
  });
});
