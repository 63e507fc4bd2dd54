import { describe, expect, test } from "@jest/globals";
import { readNotify, readStackConfig } from "../../../spec/stackConfig.ts";
import { projectHost, projectHosts, projectUrl, studioHost, studioUrl } from "../../../spec/url.ts";
import { errorOf } from "./reportOf.ts";

const read = (settings: Record<string, string>, stack = "prod") => readStackConfig((key) => settings[key], stack);
const reportOf = (settings: Record<string, string>) => errorOf(() => read(settings));

describe("settings", () => {
  test("defaults", () => {
    expect(read({})).toEqual({
      stack: "prod",
      placement: "own",
      projectsFile: "projects.yaml",
      domain: "localhost",
      bind: "127.0.0.1",
      httpPort: 80,
      httpsPort: 443,
      tls: { issuer: "off", server: "https://acme-v02.api.letsencrypt.org/directory" },
      dnsApi: "https://api.hetzner.cloud/v1",
      postgresPort: 5432,
      gateway: "envoy",
      backupRepository: "local",
      images: undefined,
      studio: [],
      protectData: true,
    });
  });

  test("all of them", () => {
    const settings = {
      placement: "all",
      projectsFile: "/etc/projects.yaml",
      domain: "Example.COM.",
      bind: "::1",
      httpPort: "8080",
      httpsPort: "8443",
      tls: '{"issuer":"letsencrypt","email":"me@example.com","server":"https://acme.example.com/directory","serverRoots":"roots.pem"}',
      dnsApi: "https://dns.example.com/v1",
      postgresPort: "5433",
      gateway: "kong",
      images: "registry.example.com:5000/mirror",
      studio: "blog, docs,blog",
      backupRepository: "s3:https://s3.example.com/bucket",
      protectData: "false",
    };
    expect(read({ ...settings, backupPassword: "" }, "dev")).toEqual({ ...settings, stack: "dev", domain: "example.com", httpPort: 8080, httpsPort: 8443, tls: JSON.parse(settings.tls), postgresPort: 5433, studio: ["blog", "docs"], protectData: false });
  });

  test("a server with a domain listens to all", () => {
    expect(read({ domain: "example.com" }).bind).toBe("0.0.0.0");
    expect(read({ domain: "example.com", bind: "10.0.0.7" }).bind).toBe("10.0.0.7");
  });

  test.each([
    ["placement", "mine", 'must be own or all, not "mine" → pulumi config set indie-ventures:placement own --stack prod'],
    ["projectsFile", " ", 'must be the path of a file, not " " → pulumi config set indie-ventures:projectsFile projects.yaml --stack prod'],
    ["domain", "https://example.com", 'must be a host name alone, without scheme, port and path, not "https://example.com" → pulumi config set indie-ventures:domain example.com --stack prod'],
    ["domain", "example.com:80", 'must be a host name alone, without scheme, port and path, not "example.com:80" → pulumi config set indie-ventures:domain example.com --stack prod'],
    ["bind", "localhost", 'must be an address of this server, not "localhost" → pulumi config set indie-ventures:bind 127.0.0.1 --stack prod'],
    ["httpPort", "0", 'must be a port, 1 to 65535, not "0" → pulumi config set indie-ventures:httpPort 80 --stack prod'],
    ["httpPort", "65536", 'must be a port, 1 to 65535, not "65536" → pulumi config set indie-ventures:httpPort 80 --stack prod'],
    ["httpPort", "80a", 'must be a port, 1 to 65535, not "80a" → pulumi config set indie-ventures:httpPort 80 --stack prod'],
    ["postgresPort", "", 'must be a port, 1 to 65535, not "" → pulumi config set indie-ventures:postgresPort 5432 --stack prod'],
    ["postgresPort", "80", "is the same as httpPort, 80 → pulumi config set indie-ventures:postgresPort 5432 --stack prod"],
    ["gateway", "nginx", 'must be envoy or kong, not "nginx" → pulumi config set indie-ventures:gateway envoy --stack prod'],
    ["images", "https://ann:hunter2@registry.example.com", `must be a registry's prefix or a .yaml file, not "…@registry.example.com" → pulumi config set indie-ventures:images registry.example.com/mirror --stack prod`],
    ["images", "registry.example.com/", `must be a registry's prefix or a .yaml file, not "registry.example.com/" → pulumi config set indie-ventures:images registry.example.com/mirror --stack prod`],
    ["studio", "blog,,docs", 'must be names of projects with commas between them, not "blog,,docs" → pulumi config set indie-ventures:studio blog,docs --stack prod'],
    ["studio", "Blog", 'must be names of projects with commas between them, not "Blog" → pulumi config set indie-ventures:studio blog,docs --stack prod'],
    ["protectData", "yes", 'must be true or false, not "yes" → pulumi config set indie-ventures:protectData true --stack prod'],
    ["protectData", "constructor", 'must be true or false, not "constructor" → pulumi config set indie-ventures:protectData true --stack prod'],
  ])("%s: %j", (key, value, text) => {
    expect(reportOf({ [key]: value })).toBe(`indie-ventures:${key}  ${text}`);
  });

  test("all mistakes in one report", () => {
    expect(reportOf({ placement: "x", httpPort: "x", protectData: "x" })?.split("\n").map((line) => line.split(" ")[0])).toEqual([
      "indie-ventures:placement",
      "indie-ventures:httpPort",
      "indie-ventures:protectData",
    ]);
  });
});

describe("addresses", () => {
  test.each([
    [{}, "http://blog.localhost"],
    [{ httpPort: "8080" }, "http://blog.localhost:8080"],
    [{ domain: "example.com" }, "http://blog.example.com"],
  ])("%j", (settings, url) => {
    const stack = read(settings as Record<string, string>);
    expect(projectUrl("blog", stack)).toBe(url);
    expect(studioUrl("blog", stack)).toBe(url.replace("blog", "studio.blog"));
    expect(url).toContain(projectHost("blog", stack));
    expect(studioHost("blog", stack)).toBe(`studio.${projectHost("blog", stack)}`);
  });

  test("an empty setting studio is none", () => {
    expect(read({ studio: " " }).studio).toEqual([]);
  });

  test("a project's hosts, its own one first", () => {
    expect(projectHost("blog", read({}))).toBe("blog.localhost");
    expect(projectHosts({ name: "blog", domains: ["a.example.com"] }, read({}))).toEqual(["blog.localhost", "a.example.com"]);
  });
});

describe("where backups are", () => {
  const SET = { backupPassword: "" };
  test.each(["local", "/var/backups/indie", "s3:https://s3.example.com/bucket", "sftp:user@host:/folder", "rest:https://backup.example.com/me"])("%s", (backupRepository) => {
    expect(read({ ...SET, backupRepository }).backupRepository).toBe(backupRepository);
  });

  test.each(["backups", "/a:b", "s3:", "rest:https://me:secret@backup.example.com/", "ftp://host", "/a\n"])("not %j", (backupRepository) => {
    expect(reportOf({ ...SET, backupRepository })).toMatch(/^indie-ventures:backupRepository {2}must be local, a folder's whole path, or a place as restic writes it/);
  });

  test("what opens them elsewhere is the user's to keep", () => {
    expect(reportOf({ backupRepository: "/var/backups/indie" })).toBe(
      "indie-ventures:backupPassword  is missing: it opens the backups in /var/backups/indie → pulumi config set --secret indie-ventures:backupPassword <one that you keep elsewhere too> --stack prod",
    );
    expect(read({}).backupRepository).toBe("local");
  });
});

describe("notify", () => {
  test.each(["https://hooks.example.com/services/T0/s3cret", "http://192.168.1.7:8080/s3cret", "http://127.0.0.1/s3cret"])("%s", (webhook) => {
    expect(readNotify({ webhook }, "prod")).toEqual({ webhook });
  });
  test("nobody is told unless somebody is named", () => expect([readNotify(undefined, "prod"), readNotify({}, "prod")]).toEqual([{}, {}]));
  test.each<[unknown, RegExp]>([
    [{ webhook: "http://hooks.example.com/s3cret" }, /must be an address that begins with https/],
    [{ webhook: "http://11.0.0.1/s3cret" }, /must be an address/],
    [{ webhook: "s3cret" }, /must be an address/],
    [{ webhook: 5 }, /must be an address/],
    [{ webhok: "https://hooks.example.com/s3cret" }, /unknown field "webhok"/],
    ["https://hooks.example.com/s3cret", /must be an object/],
    [["s3cret"], /must be an object/],
  ])("what is wrong is said without it, and what to run: %j", (value, says) => {
    const said = errorOf(() => readNotify(value, "prod"));
    expect(said).toMatch(says);
    expect(said).toMatch(/pulumi config set --secret --path indie-ventures:notify.webhook https:\/\/… --stack prod$/);
    expect(said).not.toContain("s3cret");
  });
});
