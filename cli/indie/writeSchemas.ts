// `npm run schema`: what --json prints, for the programs that read it.
import { writeFileSync } from "node:fs";
import { OUTPUTS, renderOutputSchema } from "./json.ts";

for (const output of Object.keys(OUTPUTS) as (keyof typeof OUTPUTS)[])
  writeFileSync(new URL(`../../schema/indie-${output}.schema.json`, import.meta.url), renderOutputSchema(output));
