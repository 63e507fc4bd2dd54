import { expect, test } from "@jest/globals";
import { Stop } from "../../../cli/report.ts";
import { isLocalhost, parseStackFile, settingOf } from "../../../cli/stackFile.ts";

const parse = (text: string) => parseStackFile(text, "Pulumi.dev.yaml");

test("an empty file is a stack without config", () => expect(parse("")).toEqual({ salted: false, config: {}, secrets: [] }));
test("our config, without secrets and without others'", () =>
  expect(
    parse("encryptionsalt: v1:x\nconfig:\n  indie-ventures:httpPort: 8080\n  indie-ventures:smtp:\n    secure: v1:y\n  docker:host: z\n"),
  ).toEqual({ salted: true, config: { httpPort: 8080 }, secrets: ["smtp"] }));
test("a setting as the program gets it", () => {
  const file = parse("config:\n  indie-ventures:httpPort: 8080\n  indie-ventures:list: [a]\n  indie-ventures:smtp:\n    secure: v1:y\n");
  expect(["httpPort", "list", "smtp", "domain"].map((key) => settingOf(file, key))).toEqual(["8080", '["a"]', "", undefined]);
});
test("a broken file is said", () => expect(() => parse("config: [")).toThrow(Stop));
test("only localhost is for trying", () => {
  expect(isLocalhost(parse(""))).toBe(true);
  expect(isLocalhost(parse("config: { 'indie-ventures:domain': localhost }"))).toBe(true);
  expect(isLocalhost(parse("config: { 'indie-ventures:domain': example.com }"))).toBe(false);
});
