import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { IMAGES, loadSpec } from "../../../spec/index.ts";
import { errorOf } from "./reportOf.ts";

const ROOT = new URL("../../..", import.meta.url);
const ofProject = (path: string) => readFileSync(new URL(path, ROOT), "utf8");

interface Situation {
  stack?: string;
  settings?: Record<string, string>;
  files?: Record<string, string>;
}

function load({ stack = "dev", settings = { placement: "all" }, files = {} }: Situation) {
  const readFile = (path: string) => {
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error(`no ${path}`), { code: "ENOENT" });
    return text;
  };
  return loadSpec({ stack, get: (key) => settings[key], readFile, readFolder: () => [] });
}

describe("settings, projects and images together", () => {
  test("the files that this repository ships: two shared projects, on dev and on prod", () => {
    for (const [stack, settings] of [["dev", { placement: "all" }], ["prod", {}]] as const) {
      const spec = load({ stack, settings, files: { "projects.yaml": ofProject("projects.yaml") } });
      expect(spec.projects.map(({ name, architecture }) => ({ name, architecture }))).toEqual([
        { name: "blog", architecture: "shared" },
        { name: "docs", architecture: "shared" },
      ]);
      expect(spec.images).toEqual(IMAGES);
      expect(spec.stack.stack).toBe(stack);
    }
  });

  test("wrong settings are reported alone: whose file it is depends on them", () => {
    expect(errorOf(() => load({ settings: { placement: "x", httpPort: "y" } }))?.split("\n")).toHaveLength(2);
  });

  test("mistakes of both files are in one report", () => {
    const settings = { placement: "all", projectsFile: "p.yaml", images: "i.yaml" };
    const images = Object.entries(IMAGES).map(([name, image]) => `${name}: ${image}\n`).join("");
    expect(errorOf(() => load({ settings, files: { "p.yaml": "projects:", "i.yaml": images.replace("v14.17", "latest") } }))).toBe(
      `p.yaml:1:10  projects has no value → write projects: [] if there shall be none
i.yaml:3:7  rest "postgrest/postgrest:latest" names no version, and would be another image tomorrow → write a tag, such as postgrest/postgrest:v14.17`,
    );
  });

  test("files that are not there", () => {
    expect(errorOf(() => load({ settings: { images: "i.yaml" } }))).toBe(
      `projects.yaml  can not be read (ENOENT) → make the file, or name another: pulumi config set indie-ventures:projectsFile <path> --stack dev
i.yaml  can not be read (ENOENT) → make the file, or name another: pulumi config set indie-ventures:images <path> --stack dev`,
    );
  });

  test("a secret that is not set", () => {
    const text = "projects: [{name: blog, architecture: shared, auth: {external: {google: {clientId: a, secret: {fromConfig: google}}}}}]";
    const files = { "projects.yaml": text };
    expect(errorOf(() => load({ files }))).toBe(
      'projects.yaml:1:108  project "blog"  auth.external.google.secret: the stack\'s config has no google → pulumi config set --secret google --stack dev',
    );
    expect(load({ settings: { placement: "all", google: "hunter2" }, files }).projects[0]?.auth.external).toEqual({
      google: { clientId: "a", secret: { fromConfig: "google" } },
    });
  });

  test("what is no mistake of a person is thrown on", () => {
    const readFile = () => {
      throw new TypeError("a bug");
    };
    expect(() => loadSpec({ stack: "dev", get: () => undefined, readFile, readFolder: () => [] })).toThrow(TypeError);
  });
});
