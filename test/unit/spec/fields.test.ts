import { describe, expect, test } from "@jest/globals";
import { load, reportOf, reportOnFields } from "./reportOf.ts";

const KNOWN = "name, domains, state, architecture, server, keys, auth, services, versions, limits, purgeAfterDays, backups, migrations";
const MEMORY = { auth: 96, rest: 128, realtime: 384, storage: 256, imgproxy: 192, meta: 160, studio: 384, gateway: 128 };

describe("every field", () => {
  const text = `
defaults:
  architecture: shared
  server: prod
  auth:
    siteUrl: https://example.com
    uriAllowList: [https://a.example.com/**]
    smtp: { host: smtp.example.com, adminEmail: hello@example.com, senderName: Example }
    external: { github: { clientId: all, secret: { fromConfig: github-secret } } }
  services: { realtime: off, studio: always }
  versions: { rest: v14.18, storage: v1.74.1 }
  limits: { connections: 40, memory: { auth: 80, storage: 512 } }
  backups: { schedule: 30 2 * * *, keep: { daily: 3 } }
  purgeAfterDays: 30
projects:
  - name: blog
  - name: my-docs
    architecture: shared
    server: prod
    domains: [API.Docs.example.com., münchen.example.com]
    keys: { generation: 2 }
    auth:
      siteUrl: https://docs.example.com
      uriAllowList: [https://docs.example.com/**, "myapp://callback"]
      disableSignup: true
      smtp: { port: 465, user: docs, password: { fromConfig: docs-smtp-password } }
      external:
        github: { clientId: docs }
        google: { clientId: "42", secret: { fromConfig: docs-google-secret } }
    services: { realtime: dedicated, studio: off }
    versions: { rest: v14.19, realtime: v2.134.11 }
    limits: { connections: 60, memory: { rest: 512 } }
    backups: { schedule: off, keep: { monthly: 0 } }
    purgeAfterDays: 0
  - name: shop
    architecture: isolated
    services: { studio: always }
`;

  test("project over defaults: groups are joined, lists replaced", () => {
    const smtp = { host: "smtp.example.com", adminEmail: "hello@example.com", senderName: "Example" };
    expect(load(text)).toEqual([
      {
        name: "blog",
        architecture: "shared",
        state: "present",
        domains: [],
        keys: { generation: 1 },
        auth: {
          siteUrl: "https://example.com",
          uriAllowList: ["https://a.example.com/**"],
          smtp: { ...smtp, port: 587 },
          external: { github: { clientId: "all", secret: { fromConfig: "github-secret" } } },
        },
        services: { realtime: "off", studio: true },
        versions: { rest: "v14.18" },
        limits: { connections: 40, memory: { ...MEMORY, auth: 80, storage: 512 } },
        backups: { schedule: "30 2 * * *", keep: { daily: 3, weekly: 4, monthly: 6 } },
        purgeAfterDays: 30,
      },
      {
        name: "my-docs",
        architecture: "shared",
        state: "present",
        domains: ["api.docs.example.com", "xn--mnchen-3ya.example.com"],
        keys: { generation: 2 },
        auth: {
          siteUrl: "https://docs.example.com",
          uriAllowList: ["https://docs.example.com/**", "myapp://callback"],
          disableSignup: true,
          smtp: { ...smtp, port: 465, user: "docs", password: { fromConfig: "docs-smtp-password" } },
          external: {
            github: { clientId: "docs", secret: { fromConfig: "github-secret" } },
            google: { clientId: "42", secret: { fromConfig: "docs-google-secret" } },
          },
        },
        services: { realtime: "dedicated", studio: false },
        versions: { rest: "v14.19", realtime: "v2.134.11" },
        limits: { connections: 60, memory: { ...MEMORY, auth: 80, storage: 512, rest: 512 } },
        backups: { keep: { daily: 3, weekly: 4, monthly: 0 } },
        purgeAfterDays: 0,
      },
      expect.objectContaining({ architecture: "isolated", versions: { rest: "v14.18", storage: "v1.74.1" } }),
    ]);
  });

  test("none but the two that must be", () => {
    expect(load("projects: [{name: blog, architecture: shared}]")).toEqual([
      {
        name: "blog",
        architecture: "shared",
        state: "present",
        domains: [],
        keys: { generation: 1 },
        auth: {},
        services: { realtime: "shared", studio: false },
        versions: {},
        limits: { connections: 44, memory: MEMORY },
        backups: { schedule: "0 3 * * *", keep: { daily: 7, weekly: 4, monthly: 6 } },
        purgeAfterDays: 14,
      },
    ]);
  });
});

describe("backups", () => {
  const HOW = `→ five words as cron has them, such as "0 3 * * *" for every night at 3, or off`;
  test.each([
    ["{ schedule: nightly }", `p.yaml:4:26  project "blog"  backups.schedule is no schedule ${HOW}`],
    ["{ schedule: 0 0 3 * * * }", `p.yaml:4:26  project "blog"  backups.schedule is no schedule ${HOW}`],
    ["{ schedule: 61 3 * * * }", `p.yaml:4:26  project "blog"  backups.schedule is no schedule ${HOW}`],
    ["{ schedule: 0 0 31 2 * }", `p.yaml:4:26  project "blog"  backups.schedule never comes ${HOW}`],
    ["{ keep: { daily: -1 } }", `p.yaml:4:31  project "blog"  backups.keep.daily must be a number of backups → write a whole number from 0 to 1000`],
  ])("%s", (field, report) => {
    expect(reportOf(`projects:\n  - name: blog\n    architecture: shared\n    backups: ${field}\n`)).toBe(report);
  });
});

describe("unknown fields", () => {
  test.each([
    ["architekture: shared", `p.yaml:4:5  project "blog"  unknown field "architekture" → did you mean architecture?`],
    ["Domains: []", `p.yaml:4:5  project "blog"  unknown field "Domains" → did you mean domains?`],
    ["hooks: folder", `p.yaml:4:5  project "blog"  unknown field "hooks" → known here: ${KNOWN}`],
    ["services: { storage: shared }", `p.yaml:4:17  project "blog"  unknown field "storage" → known here: realtime, studio`],
    ["versions: { postgres: 17.6.1.136 }", `p.yaml:4:17  project "blog"  unknown field "postgres" → known here: auth, rest, realtime, storage, imgproxy, meta, studio, gateway`],
    ["__proto__: { server: prod }", `p.yaml:4:5  project "blog"  unknown field → known here: ${KNOWN}`],
    ["constructor: x", `p.yaml:4:5  project "blog"  unknown field "constructor" → known here: ${KNOWN}`],
    ['"": x', `p.yaml:4:5  project "blog"  unknown field → known here: ${KNOWN}`],
    ["auth: { siteURL: https://a.example.com }", `p.yaml:4:13  project "blog"  unknown field "siteURL" → did you mean siteUrl?`],
    ["auth: { external: { gogle: {} } }", `p.yaml:4:25  project "blog"  unknown field "gogle" → did you mean google?`],
    ["keys: { generaton: 1 }", `p.yaml:4:13  project "blog"  unknown field "generaton" → did you mean generation?`],
    ["limits: { memory: { reltime: 64 } }", `p.yaml:4:25  project "blog"  unknown field "reltime" → did you mean realtime?`],
  ])("%s", (fields, report) => {
    expect(reportOnFields(fields)).toBe(report);
  });

  test("at the top, and in the defaults", () => {
    expect(reportOf("project: []\nprojects: []\ndefaults: { name: x, domains: [], sever: prod }\n")).toBe(
      [
        "p.yaml:1:1  unknown field \"project\" → did you mean projects?",
        "p.yaml:3:13  defaults  name can not be a default: each project has its own → write it there",
        "p.yaml:3:22  defaults  domains can not be a default: each project has its own → write it there",
        'p.yaml:3:35  defaults  unknown field "sever" → did you mean server?',
      ].join("\n"),
    );
  });
});

describe("wrong values", () => {
  test.each([
    ["server: a b", `p.yaml:4:13  project "blog"  server is no name of a stack → letters, digits, -, _ and .`],
    ["server: [prod]", `p.yaml:4:13  project "blog"  server must be a text, not a list → put it in quotes`],
    ["domains: api.example.com", `p.yaml:4:14  project "blog"  domains must be a list, not a text → write each in a line of its own that begins with -`],
    ["domains: [https://api.example.com]", `p.yaml:4:15  project "blog"  domains "https://api.example.com" has a scheme → write only the host`],
    ["domains: [api.example.com:443]", `p.yaml:4:15  project "blog"  domains "api.example.com:443" has a port → write only the host`],
    ['domains: ["*.example.com"]', `p.yaml:4:15  project "blog"  domains "*.example.com" is a wildcard → write each host`],
    ["domains: [7]", `p.yaml:4:15  project "blog"  domains must be a text, not a number → put it in quotes`],
    ["domains: [~]", `p.yaml:4:15  project "blog"  domains has no value → write one, or leave the field out`],
    ["keys: 2", `p.yaml:4:11  project "blog"  keys must be a group of fields, not a number → its fields are generation`],
    ["keys: { generation: 0 }", `p.yaml:4:25  project "blog"  keys.generation must be a generation → write a whole number from 1 to 1000000`],
    ["keys: { generation: 1.5 }", `p.yaml:4:25  project "blog"  keys.generation must be a generation → write a whole number from 1 to 1000000`],
    ['keys: { generation: "2" }', `p.yaml:4:25  project "blog"  keys.generation must be a whole number, not a text → write digits, without quotes`],
    ["keys: { generation: 99999999999999999999 }", `p.yaml:4:25  project "blog"  keys.generation must be a generation → write a whole number from 1 to 1000000`],
    ["keys: { generation: .nan }", `p.yaml:4:25  project "blog"  keys.generation must be a generation → write a whole number from 1 to 1000000`],
    ["limits: { connections: 26 }", `p.yaml:4:28  project "blog"  limits.connections must be a number of connections → write a whole number from 27 to 300`],
    ["limits: { connections: 301 }", `p.yaml:4:28  project "blog"  limits.connections must be a number of connections → write a whole number from 27 to 300`],
    ["limits: { memory: { rest: 8 } }", `p.yaml:4:31  project "blog"  limits.memory.rest must be MB → write a whole number from 64 to 65536`],
    ["limits: { memory: { studio: 255 } }", `p.yaml:4:33  project "blog"  limits.memory.studio must be MB → write a whole number from 256 to 65536`],
    ["services: { realtime: of }", `p.yaml:4:27  project "blog"  services.realtime must be shared or dedicated or off, not "of" → write off`],
    ["services: { realtime: false }", `p.yaml:4:27  project "blog"  services.realtime must be shared or dedicated or off, not the truth value false → write shared or dedicated or off`],
    ["services: { studio: ondemand }", `p.yaml:4:25  project "blog"  services.studio must be on-demand or always or off, not "ondemand" → write on-demand`],
    ["versions: { rest: 14.17 }", `p.yaml:4:23  project "blog"  versions.rest must be a text, not a number → put it in quotes`],
    ["versions: { rest: latest }", `p.yaml:4:23  project "blog"  versions.rest is latest, and would be another version tomorrow → write a version's tag`],
    ["versions: { rest: 'v1:2' }", `p.yaml:4:23  project "blog"  versions.rest is no tag of an image → letters, digits, _, . and -, 128 at most`],
    ["versions: { rest: -v1 }", `p.yaml:4:23  project "blog"  versions.rest is no tag of an image → letters, digits, _, . and -, 128 at most`],
    ["limits: { memory: { rest: 512MB } }", `p.yaml:4:31  project "blog"  limits.memory.rest must be a whole number, not a text → write digits, without quotes`],
    ["auth:", `p.yaml:4:10  project "blog"  auth has no value → its fields are siteUrl, uriAllowList, disableSignup, smtp, external`],
    ["auth: { siteUrl: docs.example.com }", `p.yaml:4:22  project "blog"  auth.siteUrl is no URL → write it whole, such as https://docs.example.com`],
    ["auth: { siteUrl: 'https://a b' }", `p.yaml:4:22  project "blog"  auth.siteUrl is no URL → write it whole, such as https://docs.example.com`],
    ["auth: { uriAllowList: ['**'] }", `p.yaml:4:28  project "blog"  auth.uriAllowList must begin with a scheme → such as https://docs.example.com/**`],
    ["auth: { uriAllowList: ['https://a,https://b'] }", `p.yaml:4:28  project "blog"  auth.uriAllowList has a comma, bracket or backslash, which GoTrue reads as its own → write each URL, with * and ** only`],
    ["auth: { uriAllowList: ['https://[a'] }", `p.yaml:4:28  project "blog"  auth.uriAllowList has a comma, bracket or backslash, which GoTrue reads as its own → write each URL, with * and ** only`],
    ["auth: { external: { github: { clientId: 5, secret: { fromConfig: k } } } }", `p.yaml:4:45  project "blog"  auth.external.github.clientId must be a text, not a number → put it in quotes`],
    ["auth: { external: { github: { clientId: ' ', secret: { fromConfig: k } } } }", `p.yaml:4:45  project "blog"  auth.external.github.clientId is empty → write a value, or leave the field out`],
    [
      "auth: { external: { github: {} } }",
      `p.yaml:4:33  project "blog"  auth.external.github.clientId is missing → write the client ID that github gave
p.yaml:4:33  project "blog"  auth.external.github.secret is missing → write secret: { fromConfig: blog-github-secret }`,
    ],
  ])("%s", (fields, report) => {
    expect(reportOnFields(fields)).toBe(report);
  });

  test.each([
    ["{ host: 'smtp.example.com:25', adminEmail: a@example.com }", ["21", "auth.smtp.host has a port → write only the host"]],
    ["{ host: 'https://ann:hunter2@example.com', adminEmail: a@example.com }", ["21", "auth.smtp.host has a scheme → write only the host"]],
    ["{ host: a, adminEmail: ann }", ["36", "auth.smtp.adminEmail is no mail address → such as hello@example.com"]],
    [
      '{ host: a, adminEmail: a@b, senderName: "A\\nBcc: x" }',
      ["53", "auth.smtp.senderName has a line break or another control character → write it in one line"],
    ],
    ["{ host: a, adminEmail: a@b, port: 0 }", ["47", "auth.smtp.port must be a port → write a whole number from 1 to 65535"]],
    ["{ host: a, adminEmail: a@b, user: ann }", ["13", "auth.smtp.password is missing → write password: { fromConfig: blog-smtp-password }"]],
    ["{ host: a, adminEmail: a@b, password: { fromConfig: k } }", ["13", "auth.smtp.user is missing → write the login that the password is for"]],
    ["{ adminEmail: a@b }", ["13", "auth.smtp.host is missing → write the mail server's host name"]],
    ["{ host: a }", ["13", "auth.smtp.adminEmail is missing → write the address that mails come from"]],
  ])("smtp: %s", (smtp, [column, text]) => {
    expect(reportOnFields(`auth:\n  smtp: ${smtp}`)).toBe(`p.yaml:5:${column}  project "blog"  ${text}`);
  });

  test("hosts of mail servers: a name without a dot, addresses", () => {
    for (const host of ["mailpit", "smtp.example.com", "10.0.0.7", "'::1'"])
      expect(reportOnFields(`auth: { smtp: { host: ${host}, adminEmail: a@example.com } }`)).toBeUndefined();
  });
});
