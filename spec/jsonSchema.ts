import { z } from "zod";
import { projectsFile } from "./schema.ts";

/** JSON schema of projects.yaml, for editors. Draft 7: the newest that yaml-language-server reads whole. */
export function renderJsonSchema(): string {
  const schema = z.toJSONSchema(projectsFile, { target: "draft-7", io: "input" });
  return `${JSON.stringify({ title: "projects.yaml of Indie Ventures", ...schema }, undefined, 2)}\n`;
}
