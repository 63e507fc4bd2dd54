/** How a plan is written; JSON as schema/plan.schema.json says. */
export const FORMATS = ["text", "markdown", "json"] as const;
export type Format = (typeof FORMATS)[number];
