import { describe, expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import {
  DEFAULT_DOCKER_HOST,
  decideDocker,
  decideSource,
  decideState,
  type DockerFound,
  isAtLeast,
  renderEnvironmentFile,
  shellQuote,
} from "../../../cli/decide.ts";

test.each([
  ["v3.259.0", true],
  ["3.270.1", true],
  ["v4.0.0", true],
  ["3.259.1-alpha.2", true],
  ["v3.258.9", false],
  ["v2.999.0", false],
  ["", false],
  ["not a version", false],
])("%s is at least 3.259.0: %s", (version, expected) => expect(isAtLeast(version, "3.259.0")).toBe(expected));

describe("docker", () => {
  const bare: DockerFound = {
    cli: true,
    answers: false,
    said: "Cannot connect to the Docker daemon",
    endpoint: DEFAULT_DOCKER_HOST,
    dockerd: true,
    isRoot: true,
    systemd: false,
    platform: "linux",
    distribution: ["debian"],
  };
  const message = (found: Partial<DockerFound>) => {
    const decision = decideDocker({ ...bare, ...found });
    return decision.do === "stop" ? decision.message : decision.do;
  };

  test("whatever answers is used, wherever it is", () => {
    expect(message({ answers: true })).toBe("use");
    expect(message({ answers: true, endpoint: "ssh://vm", isRoot: false, platform: "darwin" })).toBe("use");
  });
  test("an installed engine is started", () => expect(message({})).toBe("start"));
  test("a missing engine is installed where that is apt's", () => {
    expect(message({ dockerd: false })).toBe("install");
    expect(message({ cli: false, dockerd: false, distribution: ["ubuntu", "debian"] })).toBe("install");
    expect(message({ dockerd: false, distribution: ["linuxmint", "ubuntu"] })).toBe("install");
  });
  test("an endpoint that the user chose is never replaced by one of ours", () =>
    expect(message({ endpoint: "tcp://10.0.0.9:2376" })).toMatch(/Docker at tcp:\/\/10.0.0.9:2376 does not answer/));
  test("who is not root gets the command to run", () => {
    expect(message({ isRoot: false, dockerd: false })).toContain("sudo apt-get install docker.io iptables");
    expect(message({ isRoot: false, systemd: true })).toContain("sudo systemctl enable --now docker");
    expect(message({ isRoot: false, systemd: true })).not.toContain("apt-get");
  });
  test("another distribution gets words", () => expect(message({ dockerd: false, distribution: ["fedora"] })).toContain("install Docker Engine"));
  test("no right to use the socket", () =>
    expect(message({ isRoot: false, said: "permission denied while trying to connect" })).toContain('sudo usermod -aG docker "$USER"'));
  test("a Mac", () => expect(message({ platform: "darwin", isRoot: false, distribution: [] })).toContain("Docker Desktop"));
});

test("plugins: what is there is not asked for; downloads come before the lab", () => {
  expect(decideSource([], false)).toBe("present");
  expect(decideSource(["docker"], true)).toBe("official");
  expect(decideSource(["docker"], false)).toBe("lab");
});

describe("state", () => {
  const none = { backendUrl: undefined, loggedIn: false, passphrase: false, passphraseFile: false, salted: false };

  test.each([
    ["a fresh machine", none, { backend: "ours", passphrase: "generate" }],
    ["the second run", { ...none, passphraseFile: true, salted: true }, { backend: "ours", passphrase: "ours" }],
    ["the passphrase is lost", { ...none, salted: true }, { backend: "ours", passphrase: "missing" }],
    ["logged in to Pulumi Cloud", { ...none, loggedIn: true }, { backend: "theirs", passphrase: "none" }],
    ["Pulumi Cloud by its address", { ...none, backendUrl: "https://api.pulumi.com" }, { backend: "theirs", passphrase: "none" }],
    ["a bucket", { ...none, backendUrl: "s3://state" }, { backend: "theirs", passphrase: "generate" }],
    ["a bucket, though logged in elsewhere", { ...none, backendUrl: "s3://state", loggedIn: true }, { backend: "theirs", passphrase: "generate" }],
    ["the user's passphrase", { ...none, passphrase: true, passphraseFile: true, salted: true }, { backend: "ours", passphrase: "theirs" }],
  ] as const)("%s", (_, found, expected) => expect(decideState(found)).toEqual(expected));
});

test("whatever a value holds, a shell reads it back as it is", () =>
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."ab'\"\\$`;&|<>(){}*?~ \n!#=é") }), (value) => {
      const text = renderEnvironmentFile({ path: { before: [value], after: [] }, variables: { VALUE: value } });
      const said = execFileSync("sh", ["-c", `${text}\nprintf %s "$VALUE"; printf %s ":$PATH"`], { env: { PATH: "/bin" }, encoding: "utf8" });
      expect(said).toBe(`${value}:${value}:/bin`);
    }),
    { numRuns: 50 },
  ));

test("the environment file", () =>
  expect(
    renderEnvironmentFile({
      path: { before: ["/clone/.indie/tools"], after: ["/clone with space/bin"] },
      variables: { PULUMI_BACKEND_URL: "file:///state" },
    }),
  ).toMatchInlineSnapshot(`
"# Written by \`npm run up\`. For pulumi by hand: source .indie/env
export PATH=/clone/.indie/tools:"$PATH":'/clone with space/bin'
export PULUMI_BACKEND_URL=file:///state
"
`));

test("plain words stay plain", () => expect(shellQuote("file:///a/b-c_d.e")).toBe("file:///a/b-c_d.e"));
