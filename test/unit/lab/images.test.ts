import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { buildableImages, imageFiles } from "../../lab/images/definitions.ts";
import { archiveFileName, fileMode, imageName, imagesFileName, imageTag, renderImagesFile } from "../../lab/images/keys.ts";

const file = (path: string, content: string) => ({ path, content: Buffer.from(content) });
const args = { files: [file("Dockerfile", "FROM x"), file("init/a.sql", "select 1")], base: "lab-base:1", arch: "x64" };

describe("an image's tag", () => {
  test("is 12 hex digits, the same for the same files in any order", () => {
    expect(imageTag(args)).toMatch(/^[0-9a-f]{12}$/);
    expect(imageTag({ ...args, files: args.files.toReversed() })).toBe(imageTag(args));
  });

  test.each([
    ["a file's content", { ...args, files: [args.files[0], file("init/a.sql", "select 2")] }],
    ["a file's path", { ...args, files: [args.files[0], file("init/b.sql", "select 1")] }],
    ["one more file", { ...args, files: [...args.files, file("b", "")] }],
    ["the base image", { ...args, base: "lab-base:2" }],
    ["no base image", { ...args, base: undefined }],
    ["the processor", { ...args, arch: "arm64" }],
  ])("changes with %s", (_, changed) => {
    expect(imageTag(changed as typeof args)).not.toBe(imageTag(args));
  });

  test.each(["1b2", '1{"path":"b"}2', '1{"path":"b","size":1}2'])("tells two files from one that holds the other's: %s", (content) => {
    const two = imageTag({ ...args, files: [file("a", "1"), file("b", "2")] });
    expect(imageTag({ ...args, files: [file("a", content)] })).not.toBe(two);
  });
});

test("a name shows that the image is a stand-in, and its file has no colon", () => {
  expect(imageName("postgres", "0123456789ab")).toBe("lab-postgres:0123456789ab");
  expect(archiveFileName("lab-postgres:0123456789ab")).toBe("lab-postgres-0123456789ab.tar.zst");
});

test("a script can be run in the image, whatever the checkout made of its mode", () => {
  expect(fileMode(file("entrypoint.sh", "#!/bin/sh\n"))).toBe(0o755);
  expect(fileMode(file("nginx.conf", "# a comment\n"))).toBe(0o644);
});

describe("the images file", () => {
  const text = renderImagesFile({ postgres: "lab-postgres:1", auth: "lab-auth:2" });

  test("maps each service to an image", () => {
    expect(parse(text)).toEqual({ postgres: "lab-postgres:1", auth: "lab-auth:2" });
  });

  test("says first that these are not for production", () => {
    const comments = text.split("\n").filter((line) => line.startsWith("#"));
    expect(comments.join(" ")).toContain("NOT for production");
    expect(text.startsWith("#")).toBe(true);
  });

  test("has another name when it says something else", () => {
    expect(imagesFileName(text)).toMatch(/^images-[0-9a-f]{12}\.yaml$/);
    expect(imagesFileName(renderImagesFile({ postgres: "lab-postgres:2" }))).not.toBe(imagesFileName(text));
  });
});

describe("what an image is made of", () => {
  const images = buildableImages();
  const pathsOf = (service: string) => imageFiles(images.find((image) => image.service === service)!).map(({ path }) => path);

  test("a base stands before what is built on it", () => {
    const services = images.map(({ service }) => service);
    for (const { base, service } of images) {
      if (base !== undefined) expect(services.indexOf(base)).toBeLessThan(services.indexOf(service));
    }
    expect(services).toEqual(expect.arrayContaining(["postgres", "nginx", "envoy", "node"]));
  });

  test("documents change no image", () => {
    expect(pathsOf("postgres")).toEqual(expect.arrayContaining(["Dockerfile", "docker-entrypoint.sh", "init/10-roles.sql"]));
    expect(pathsOf("postgres").filter((path) => path.endsWith(".md"))).toEqual([]);
  });

  test("a stand-in's image holds its own service, the lock, and no other service", () => {
    const paths = pathsOf("auth");
    expect(paths).toEqual(expect.arrayContaining(["Dockerfile", "standins/auth/main.ts", "standins/package-lock.json"]));
    expect(paths.filter((path) => path.startsWith("standins/rest/") || path.includes("node_modules"))).toEqual([]);
  });
});
