import { describe, expect, test } from "@jest/globals";
import { IMAGES, imageOf, resolveImages } from "../../../spec/images.ts";
import { errorOf } from "./reportOf.ts";

const noFile = (): string => {
  throw new Error("nothing is to be read");
};
const fromFile = (text: string) => resolveImages("lab/images.yaml", (path) => (path === "lab/images.yaml" ? text : noFile()));
const NAMES = "postgres, auth, rest, storage, envoy, nginx, realtime, imgproxy, meta, studio, kong";
const FILE = `postgres: lab-postgres:1a2b
auth: lab-auth:1
rest: localhost:5000/a/lab-rest:1
storage: lab-storage:1
envoy: lab-envoy:1
nginx: lab-nginx:1
realtime: lab-realtime:1
imgproxy: lab-imgproxy:1
meta: lab-meta:1
studio: lab-studio:1
kong: lab-kong:1
`;

describe("images", () => {
  test("upstream's", () => {
    expect(resolveImages(undefined, noFile)).toEqual(IMAGES);
  });

  test("of another registry: the same names below its prefix", () => {
    expect(resolveImages("registry.example.com:5000/mirror", noFile)).toEqual({
      postgres: "registry.example.com:5000/mirror/supabase/postgres:17.6.1.136",
      auth: "registry.example.com:5000/mirror/supabase/gotrue:v2.196.0",
      rest: "registry.example.com:5000/mirror/postgrest/postgrest:v14.17",
      storage: "registry.example.com:5000/mirror/supabase/storage-api:v1.74.0",
      envoy: "registry.example.com:5000/mirror/envoyproxy/envoy:v1.39.1",
      nginx: "registry.example.com:5000/mirror/nginx:1.31.5",
      realtime: "registry.example.com:5000/mirror/supabase/realtime:v2.134.10",
      imgproxy: "registry.example.com:5000/mirror/darthsim/imgproxy:v3.31.4",
      meta: "registry.example.com:5000/mirror/supabase/postgres-meta:v0.99.0",
      studio: "registry.example.com:5000/mirror/supabase/studio:2026.09.07-sha-7996410",
      kong: "registry.example.com:5000/mirror/kong/kong:3.9.3",
    });
  });

  test("of a file", () => {
    expect(fromFile(FILE)).toEqual({
      postgres: "lab-postgres:1a2b",
      auth: "lab-auth:1",
      rest: "localhost:5000/a/lab-rest:1",
      storage: "lab-storage:1",
      envoy: "lab-envoy:1",
      nginx: "lab-nginx:1",
      realtime: "lab-realtime:1",
      imgproxy: "lab-imgproxy:1",
      meta: "lab-meta:1",
      studio: "lab-studio:1",
      kong: "lab-kong:1",
    });
  });

  test.each([
    ["nginx:1.31.5"],
    [`nginx@sha256:${"0a".repeat(32)}`],
    [`registry.example.com/a/b_c/d-e:V1.2_3@sha256:${"0a".repeat(32)}`],
  ])("names that are exact: %s", (name) => {
    expect(fromFile(FILE.replace("lab-nginx:1", name)).nginx).toBe(name);
  });

  const NO_VERSION = "names no version, and would be another image tomorrow → write a tag, such as nginx:1.31.5";
  const NO_NAME = "is no name of an image → such as nginx:1.31.5";
  test.each([
    ["nginx", `6:8  nginx "nginx" ${NO_VERSION}`],
    ["nginx:latest", `6:8  nginx "nginx:latest" ${NO_VERSION}`],
    ["localhost:5000/nginx", `6:8  nginx "localhost:5000/nginx" ${NO_VERSION}`],
    ["nginx@sha256:0a", `6:8  nginx "…@sha256:0a" ${NO_NAME}`],
    ["Nginx:1", `6:8  nginx "Nginx:1" ${NO_NAME}`],
    ["--privileged", `6:8  nginx "--privileged" ${NO_NAME}`],
    ["nginx:1 x", `6:8  nginx "nginx:1 x" ${NO_NAME}`],
    ["https://registry.example.com/nginx:1", `6:8  nginx "https://registry.example.com/nginx:1" ${NO_NAME}`],
    ["1.31", "6:8  nginx must be the name of an image → such as nginx:1.31.5"],
  ])("nginx: %s", (name, report) => {
    expect(errorOf(() => fromFile(FILE.replace("lab-nginx:1", name)))).toBe(`lab/images.yaml:${report}`);
  });

  test("all mistakes of a file", () => {
    expect(errorOf(() => fromFile("postgres: a:1\nauht: a:1\nrest: a:1\nrest: b\ndoor: a:1\n"))).toBe(
      `lab/images.yaml:1:1  auth is missing → write auth: and the image's name
lab/images.yaml:1:1  storage is missing → write storage: and the image's name
lab/images.yaml:1:1  envoy is missing → write envoy: and the image's name
lab/images.yaml:1:1  nginx is missing → write nginx: and the image's name
lab/images.yaml:1:1  realtime is missing → write realtime: and the image's name
lab/images.yaml:1:1  imgproxy is missing → write imgproxy: and the image's name
lab/images.yaml:1:1  meta is missing → write meta: and the image's name
lab/images.yaml:1:1  studio is missing → write studio: and the image's name
lab/images.yaml:1:1  kong is missing → write kong: and the image's name
lab/images.yaml:2:1  unknown image "auht" → did you mean auth?
lab/images.yaml:4:1  this field is written twice, first at 3:1 → delete one
lab/images.yaml:4:7  rest "b" names no version, and would be another image tomorrow → write a tag, such as postgrest/postgrest:v14.17
lab/images.yaml:5:1  unknown image "door" → known are ${NAMES}`,
    );
  });

  test.each([["", "1:1"], ["- a", "1:1"]])("no images: %j", (text, place) => {
    expect(errorOf(() => fromFile(text))).toBe(
      `lab/images.yaml:${place}  the file must name the images → a line for each: ${NAMES}`,
    );
  });

  test.each([
    ["lab-auth:1", "lab-auth:v2"],
    ["localhost:5000/a/lab-auth:1", "localhost:5000/a/lab-auth:v2"],
    [`localhost:5000/lab-auth@sha256:${"0a".repeat(32)}`, "localhost:5000/lab-auth:v2"],
    [`lab-auth:1@sha256:${"0a".repeat(32)}`, "lab-auth:v2"],
  ])("a project's own version of %s", (image, own) => {
    const images = { ...IMAGES, auth: image };
    expect(imageOf(images, { versions: { auth: "v2" } }, "auth")).toBe(own);
    expect(imageOf(images, { versions: { rest: "v2" } }, "auth")).toBe(image);
  });

  test("the gateway is Envoy", () => {
    expect(imageOf(IMAGES, { versions: {} }, "gateway")).toBe(IMAGES.envoy);
    expect(imageOf(IMAGES, { versions: { gateway: "v1.40.0" } }, "gateway")).toBe("envoyproxy/envoy:v1.40.0");
  });

  test("every image of ours has a version", () => {
    for (const [name, image] of Object.entries(IMAGES)) expect(`${name}: ${image}`).toMatch(/^[a-z]+: [a-z/-]+:v?\d+\.\d+/);
  });
});
