import { expect, test } from "@jest/globals";
import type { Lab } from "../../../../cli/lab.ts";
import { reporter } from "../../../../cli/report.ts";
import { imagesStep } from "../../../../cli/steps/images.ts";
import { fails, fakeRun, ok } from "../fakeRun.ts";

const images = { postgres: "x/postgres:17", auth: "x/gotrue:v2", rest: "x/postgrest:v16", door: "x/nginx:1", edge: "x/nginx:1" };
const labFile = "/cache/indie-ventures/images/images-0123456789ab.yaml";
const lab: Lab = { buildEngine: () => Promise.reject(new Error("not asked for")), buildImages: async () => ({ imagesFile: labFile, standIns: ["auth", "studio"] }) };
const report = reporter(() => {});

test("images that are there are not pulled", async () => {
  const { run, ran } = fakeRun({ "docker image inspect": ok("sha256:1") });
  await expect(imagesStep({ report, run, images, configured: undefined, lab })).resolves.toEqual({ standIns: [] });
  expect(ran).toHaveLength(4);
});

test("the smallest is pulled first, then each other that is missing, once", async () => {
  const { run, ran } = fakeRun({ "docker image inspect --format {{.Id}} x/gotrue": ok(), "docker image inspect": fails("No such image"), "docker pull": ok() });
  await imagesStep({ report, run, images, configured: undefined, lab });
  expect(ran.filter((line) => line.startsWith("docker pull"))).toEqual([
    "docker pull --quiet x/postgrest:v16",
    "docker pull --quiet x/postgres:17",
    "docker pull --quiet x/nginx:1",
  ]);
});

test("no registry: the lab's, and it says what stands in", async () => {
  const { run, ran } = fakeRun({ "docker image inspect": fails("No such image"), "docker pull": fails("no such host") });
  const found = await imagesStep({ report, run, images, configured: undefined, lab });
  expect(found.imagesFile).toBe(labFile);
  expect(found.standIns.join()).toBe("images of auth, studio (those of other services hold the real programs, and are built here)");
  expect(ran.filter((line) => line.startsWith("docker pull"))).toHaveLength(1);
});

test("a registry that answers but lacks one image is an error, no stand-in", async () => {
  const { run } = fakeRun({ "docker image inspect": fails("No such image"), "docker pull --quiet x/postgrest": ok(), "docker pull": fails("manifest unknown") });
  await expect(imagesStep({ report, run, images, configured: undefined, lab })).rejects.toThrow(/x\/postgres:17 can not be pulled:\nmanifest unknown/);
});

test("a server on the internet gets no stand-ins", async () => {
  const { run } = fakeRun({ "docker image inspect": fails("No such image"), "docker pull": fails("no such host") });
  await expect(imagesStep({ report, run, images, configured: undefined })).rejects.toThrow(/not localhost/);
});

test("the user's own choice is left alone", async () => {
  const { run, ran } = fakeRun({});
  await expect(imagesStep({ report, run, images, configured: "registry.internal/supabase", lab })).resolves.toEqual({ standIns: [] });
  expect(ran).toEqual([]);
});

test("a stack that runs on the lab's images stays on them, and says so each time", async () => {
  const { run, ran } = fakeRun({});
  const found = await imagesStep({ report, run, images, configured: labFile, lab });
  expect(found.standIns).not.toEqual([]);
  expect(ran).toEqual([]);
});
