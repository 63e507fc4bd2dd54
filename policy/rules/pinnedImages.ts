import { dockerPolicy } from "../lib/policy.ts";

/** A digest, or a tag that is not `latest`. A colon before the last slash is a registry's port. */
export function isPinned(reference: string): boolean {
  if (/(?:^|@)sha256:[0-9a-f]{64}$/.test(reference)) return true;
  const tag = /^[^@]*:([^:/@]+)$/.exec(reference)?.[1];
  return tag !== undefined && tag !== "latest";
}

export const mistakes = (reference: string): string[] =>
  isPinned(reference)
    ? []
    : [
        "has an image without a version, which is another one tomorrow. Name a tag or a digest, in spec/images.ts, the setting `images`, or `versions`.",
      ];

export const pinnedImages = dockerPolicy({
  name: "pinned-images",
  description: "Every image has a tag or a digest, and no tag is `latest`.",
  container: ({ image }) => mistakes(image),
  image: ({ name }) => mistakes(name),
});
