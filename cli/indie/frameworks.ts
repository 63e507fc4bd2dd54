/** What `indie link --framework` knows; plain: the names as they are, for Node and the like. */
export const FRAMEWORKS = ["next", "nuxt", "expo", "svelte", "astro", "vite", "plain"] as const;
export type Framework = (typeof FRAMEWORKS)[number];
