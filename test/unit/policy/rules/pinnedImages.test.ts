import { expect, test } from "@jest/globals";
import { pinnedImages } from "../../../../policy/rules/pinnedImages.ts";
import { ask, type Resource } from "../lib/ask.ts";
import { container } from "../lib/resources.ts";

const DIGEST = `sha256:${"0a".repeat(32)}`;
const image = (name: string): Resource => ({ type: "docker:index/remoteImage:RemoteImage", name, props: { name } });

test.each(["nginx:1.31.5", `nginx@${DIGEST}`, `nginx:latest@${DIGEST}`, "registry.example.com:5000/a/nginx:1", "indie-ventures-backup:0123456789ab", DIGEST])(
  "conforms: %s",
  async (reference) => {
    expect(await ask([pinnedImages], container({ image: reference }))).toEqual([]);
    expect(await ask([pinnedImages], image(reference))).toEqual([]);
  },
);

test.each(["nginx", "nginx:latest", "registry.example.com:5000/nginx", "a/nginx:latest", "nginx@sha256:short"])("violates: %s", async (reference) => {
  const violation = { policy: "pinned-images", level: "mandatory" };
  expect(await ask([pinnedImages], container({ image: reference }))).toEqual([
    expect.objectContaining({ ...violation, message: expect.stringContaining('The container "blog-auth" has an image without a version') }),
  ]);
  expect(await ask([pinnedImages], image(reference))).toEqual([expect.objectContaining(violation)]);
});
