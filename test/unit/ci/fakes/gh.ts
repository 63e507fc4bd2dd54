// `gh api`, as far as cli/ci/github.ts uses it: comments and labels of one pull request, in files.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.env.FAKE_FOLDER!;
const args = process.argv.slice(2);
const method = args.includes("--method") ? args[args.indexOf("--method") + 1]! : "GET";
const path = args.find((arg) => arg.startsWith("repos/")) ?? "";
const input = args.includes("--input") ? (JSON.parse(readFileSync(0, "utf8")) as { body?: string; labels?: string[] }) : {};
appendFileSync(join(folder, "gh.calls"), `${method} ${path}\n`);

function end(message: string): never {
  console.error(`gh: ${message}`);
  process.exit(1);
}

function read<T>(name: string): T[] {
  const file = join(folder, `${name}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as T[]) : [];
}
const write = (name: string, items: unknown[]) => writeFileSync(join(folder, `${name}.json`), JSON.stringify(items));

interface Comment {
  id: number;
  body: string;
  user: { type: string };
}

if (args[0] !== "api") end(`unknown command ${args[0]}`);
if (!process.env.GH_TOKEN) end("To use GitHub CLI in a GitHub Actions workflow, set the GH_TOKEN environment variable.");
if (existsSync(join(folder, "gh.down"))) end("Resource not accessible by integration (HTTP 403)");
// GitHub's own words.
if ((input.body ?? "").length > 65_536) end("Validation Failed: Body is too long (maximum is 65536 characters) (HTTP 422)");

const [, list, id] = /^repos\/acme\/server\/issues\/(?:7\/)?(comments|labels)(?:\/([^?]+))?(?:\?per_page=100)?$/.exec(path) ?? end("Not Found (HTTP 404)");
const items = list === "comments" ? read<Comment>("comments") : [];
const labels = read<string>("labels");
if (method === "GET") for (const item of list === "comments" ? items : labels.map((name) => ({ name }))) console.log(JSON.stringify(item));
else if (list === "comments" && method === "POST") write("comments", [...items, { id: items.length + 100, body: input.body!, user: { type: "Bot" } }]);
else if (list === "comments" && method === "PATCH") write("comments", items.map((item) => (item.id === Number(id) ? { ...item, body: input.body! } : item)));
else if (list === "labels" && method === "POST") write("labels", [...labels, ...input.labels!]);
else if (list === "labels" && method === "DELETE") write("labels", labels.filter((name) => name !== decodeURIComponent(id!)));
else end("Not Found (HTTP 404)");
