// `node test/lib/previews/record.ts [fromShared|fromIsolated]`: makes the previews that the plan's unit tests read, on a stack of its own.
// Needs the lab; takes some minutes.
import { parsePreview, type Preview, type Step } from "../../../cli/plan/preview.ts";
import { BackupContainer } from "../../e2e/lib/backupContainer.ts";
import { TestStack } from "../../e2e/lib/testStack.ts";
import { write } from "./recorded.ts";

const BLOG = "  - name: blog\n    architecture: shared\n";
const BLOG_API = "  - name: blog-api\n    architecture: shared\n";
const SHOP = "  - name: shop\n    architecture: isolated\n";
const file = (...entries: string[]) => `projects:\n${entries.join("")}`;
const also = (entry: string, line: string) => `${entry}    ${line}\n`;

/** What differs between two recordings, and what is this machine's, is the same in all of them. */
function impersonal({ config, steps, diagnostics }: Preview, stack: TestStack): Preview {
  const { "indie-ventures:images": _, ...settings } = config;
  const text = JSON.stringify({ config: settings, steps: steps.map(short), diagnostics: diagnostics.filter(({ message }) => !/^warning: using pulumi-/.test(message)) }, whatThereIs)
    .replaceAll(stack.name, "prod")
    .replaceAll(stack.directory, "/srv/indie-ventures")
    .replaceAll(new RegExp(`(?<=localhost:|httpPort":")${stack.httpPort}`, "g"), "8080")
    .replaceAll(`"indie-ventures:postgresPort":"${stack.postgresPort}"`, '"indie-ventures:postgresPort":"5432"');
  return parsePreview(text);
}

const whatThereIs = (key: string, value: unknown): unknown =>
  value === null || (["inputs", "outputs"].includes(key) && Object.keys(value as object).length === 0) ? undefined : value;

/** What stays the same is so in one state as in the other, but for its protection. */
function short(step: Step): Step {
  const { oldState: _, ...rest } = step;
  const isSame = step.op === "same" && JSON.stringify({ ...step.oldState, outputs: 0 }) === JSON.stringify({ ...step.newState, outputs: 0 });
  return isSame ? { ...rest, newState: { ...step.newState, ...step.oldState } } : step;
}

interface Recorder {
  stack: TestStack;
  /** @param base see {@link Recorded} */
  preview: (name: string, projects: string, base?: string) => Promise<void>;
  up: (projects: string) => Promise<void>;
}

const recorder = (stack: TestStack): Recorder => ({
  stack,
  async preview(name, projects, base) {
    await stack.writeProjects(projects);
    const { stdout } = await stack.pulumi(["preview", "--json", "--show-sames", "--show-replacement-steps"], { reject: false });
    write(name, { file: projects, ...(base === undefined ? {} : { base }), preview: impersonal(parsePreview(String(stdout)), stack) });
    console.log(`✓ ${name}`);
  },
  async up(projects) {
    await stack.writeProjects(projects);
    await stack.up();
  },
});

const TWO = file(BLOG, BLOG_API);
/** What a change of two shared projects is called, and the file with it. */
const FROM_TWO = {
  added: file(BLOG, BLOG_API, SHOP),
  auth: file(also(BLOG, "auth: { disableSignup: true }"), BLOG_API),
  domain: file(also(BLOG, "domains: [blog.example.com]"), BLOG_API),
  keys: file(also(BLOG, "keys: { generation: 2 }"), BLOG_API),
  realtime: file(also(BLOG, "services: { realtime: dedicated }"), BLOG_API),
  connections: file(also(BLOG, "limits: { connections: 300 }"), also(BLOG_API, "limits: { connections: 300 }")),
  suspended: file(also(BLOG, "state: suspended"), BLOG_API),
  removed: file(also(BLOG, "state: removed"), BLOG_API),
  deleted: file(BLOG_API),
  isolated: file(BLOG.replace("shared", "isolated"), BLOG_API),
};

/** What becomes of two shared projects. Nothing is changed after the first update. */
async function fromShared({ preview, up }: Recorder): Promise<void> {
  await preview("firstUp", TWO);
  await up(TWO);
  await preview("nothing", TWO);
  for (const [name, projects] of Object.entries(FROM_TWO)) await preview(name, projects, "nothing");
  await preview("mistake", file(also(BLOG, "domain: blog.example.com"), BLOG_API));
}

/** What becomes of an isolated one, and of one that is being removed. */
async function fromIsolated({ preview, up, stack }: Recorder): Promise<void> {
  await up(FROM_TWO.isolated);
  await preview("nothingIsolated", FROM_TWO.isolated);
  await preview("shared", TWO, "nothingIsolated");
  await stack.configure({ protectData: "true" });
  await preview("protected", FROM_TWO.isolated, "nothingIsolated");
  await preview("deletedProtected", FROM_TWO.deleted);
  await up(FROM_TWO.removed);
  await preview("nothingRemoved", FROM_TWO.removed);
  await preview("broughtBack", TWO, "nothingRemoved");
  await new BackupContainer(stack).done("purge", "blog");
  await preview("purged", FROM_TWO.deleted, "nothingRemoved");
}

for (const part of [fromShared, fromIsolated].filter(({ name }) => process.argv[2] === undefined || name === process.argv[2])) {
  const stack = await TestStack.create(TWO);
  try {
    await part(recorder(stack));
  } finally {
    await stack.remove();
  }
}
