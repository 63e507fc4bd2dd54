// `npm run schema`: the editors' schema from the one that the program checks with, and that of what `indie plan` says.
import { writeFileSync } from "node:fs";
import { renderPlanSchema } from "../cli/plan/model.ts";
import { renderJsonSchema } from "./jsonSchema.ts";

writeFileSync(new URL("../schema/projects.schema.json", import.meta.url), renderJsonSchema());
writeFileSync(new URL("../schema/plan.schema.json", import.meta.url), renderPlanSchema());
