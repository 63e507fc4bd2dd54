import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { renderJsonSchema } from "../../../spec/jsonSchema.ts";
import { fieldsAt } from "../../../spec/schema.ts";

interface Schema {
  description?: string;
  type?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: unknown;
  pattern?: string;
  required?: string[];
  $ref?: string;
  allOf?: Schema[];
  definitions?: Record<string, Schema>;
}

const schema = JSON.parse(renderJsonSchema()) as Schema;

/** Every schema of a field, by its path; each place of a secret is the same one. */
function fields(inner: Schema, path: string): [string, Schema][] {
  const below = Object.entries(inner.properties ?? {}).flatMap(([name, property]) => {
    const field = `${path}.${name}`;
    return [[field, property] as [string, Schema], ...fields(property, field), ...fields(property.items ?? {}, `${field}[]`)];
  });
  return below;
}

describe("the editors' schema", () => {
  test("is the one of the file in schema/: else run `npm run schema`", () => {
    expect(readFileSync(new URL("../../../schema/projects.schema.json", import.meta.url), "utf8")).toBe(renderJsonSchema());
  });

  test("says what each field is", () => {
    const referred = (field: Schema) => field.$ref !== undefined || field.allOf?.[0]?.$ref !== undefined;
    const silent = fields(schema, "").filter(([path, field]) => field.description === undefined && !referred(field) && !/\.memory\.\w+$/.test(path));
    expect(silent.map(([path]) => path)).toEqual([]);
    expect(schema.definitions?.secret?.description).toContain("pulumi config set --secret");
  });

  test("knows no other fields", () => {
    const open = [["", schema] as [string, Schema], ...fields(schema, "")].filter(([, field]) => field.type === "object" && field.additionalProperties !== false);
    expect(open).toEqual([]);
    expect(Object.keys(schema.properties?.projects?.items?.properties ?? {})).toEqual(fieldsAt(["projects", 0]));
  });

  test("a project needs a name, and its rule is the schema's", () => {
    expect(schema.properties?.projects?.items?.required).toEqual(["name"]);
    const name = new RegExp(schema.properties?.projects?.items?.properties?.name?.pattern ?? "");
    expect(["blog", "my-blog"].every((each) => name.test(each))).toBe(true);
    expect(["My", "a", "a--b"].some((each) => name.test(each))).toBe(false);
  });
});
