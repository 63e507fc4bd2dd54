// `npm run schema`: the editors' schema from the one that the program checks with.
import { writeFileSync } from "node:fs";
import { renderJsonSchema } from "./jsonSchema.ts";

writeFileSync(new URL("../schema/projects.schema.json", import.meta.url), renderJsonSchema());
