// In which order a reader comes to the blocks of the docs, and what the text around them says to do. A block that is not here is typed by
// nobody: test/unit/docs/commandBlocks.test.ts says so.
import { parseBlocks } from "../../../lib/docs/blocks.ts";
import { readPage } from "../../../lib/docs/pages.ts";
import { Leftovers } from "./leftovers.ts";
import type { Reader } from "./reader.ts";
import { type Answer, ENTER, UP } from "./terminal.ts";

export interface Step {
  page: string;
  /** What the block begins with. */
  begins: string;
  /** Keys for the questions of its commands, by their order. */
  answers?: (Answer[] | undefined)[];
  /** What the reader writes in the place of an example's value. */
  fill?: [from: string, to: (reader: Reader) => string][];
  /** Where a program is saved to, in the reader's home. */
  file?: string;
  /** The first words of the page's block that shows what is printed. */
  shows?: string;
  /** What the page says to do beforehand. */
  before?: (reader: Reader) => Promise<void>;
  /** What must be so afterwards. */
  after?: (reader: Reader, said: string) => Promise<void>;
}

/** `pulumi up` and `pulumi destroy` ask once; "no" is the one that is chosen. */
const YES: Answer[] = [[/Do you want to perform this/, `${UP}${ENTER}`]];

/** What a page shows, to be written into a file. */
const example = (page: string, language: string): string => parseBlocks(readPage(page)).find((block) => block.language === language)!.text;

const posts = async (reader: Reader): Promise<string> =>
  (await reader.run(`psql "$(npx indie keys blog dbUrl)" --tuples-only --no-align -c "select title from posts"`)).trim();

async function expectPosts(reader: Reader): Promise<void> {
  const found = await posts(reader);
  if (found !== "Hello") throw new Error(`blog's posts are ${JSON.stringify(found)}`);
}

const quickStart: Step[] = [
  { page: "docs/quick-start.md", begins: "npm run up", shows: "Projects of dev:" },
  { page: "docs/quick-start.md", begins: "echo '127.0.0.1" },
  { page: "docs/quick-start.md", begins: "$ npx indie keys blog" },
  { page: "docs/quick-start.md", begins: "psql" },
  { page: "docs/quick-start.md", begins: "mkdir -p ~/apps/blog" },
  { page: "docs/quick-start.md", begins: "import { createClient }", file: "apps/blog/first.mjs" },
  { page: "docs/quick-start.md", begins: "$ source .indie/env", after: expectPosts },
  {
    page: "docs/quick-start.md",
    begins: "npx indie add",
    answers: [
      [
        [/Name of the project/, `shop${ENTER}`],
        [/Architecture/, ENTER],
        [/Domains besides/, ENTER],
      ],
    ],
    after: async (reader) => {
      if (!(await reader.read("projects.yaml")).includes("  - name: shop\n    architecture: shared\n")) throw new Error("shop is not in the file");
    },
  },
  { page: "docs/quick-start.md", begins: "$ npx indie plan" },
];

const firstPage: Step[] = [
  { page: "README.md", begins: "npm run up", shows: "Projects of dev:" },
  { page: "README.md", begins: "npx indie keys blog" },
  {
    page: "README.md",
    begins: "import { createClient }",
    file: "apps/blog/readme.mjs",
    before: async (reader) => void (publishableKey = (await reader.run("npx indie keys blog publishableKey")).trim()),
    fill: [["sb_publishable_…", () => publishableKey]],
    after: async (reader) => {
      await reader.run("(cd ~/apps/blog && node readme.mjs)");
      const users = await reader.run(`psql "$(npx indie keys blog dbUrl)" -t -c "select email from auth.users"`);
      if (!users.includes("bea@example.com")) throw new Error(`Bea did not sign up: ${users}`);
    },
  },
  { page: "README.md", begins: "source .indie/env", answers: [undefined, undefined, YES] },
];
let publishableKey = "";

const pages: Step[] = [
  { page: "docs/indie.md", begins: "alias indie" },
  { page: "docs/indie.md", begins: "npx indie add --architecture shared blog" },
  { page: "docs/indie.md", begins: "cd ~/apps/blog" },
  { page: "docs/indie.md", begins: "curl -H" },
  { page: "docs/link.md", begins: "indie link blog" },
  { page: "docs/keys.md", begins: "npx indie keys blog" },
  { page: "docs/plan.md", begins: "npx indie plan" },
  { page: "docs/studio.md", begins: "npx indie studio blog --up" },
  { page: "docs/studio.md", begins: "source .indie/env", answers: [undefined, undefined, YES] },
  { page: "docs/settings.md", begins: "pulumi config set indie-ventures:studio", answers: [undefined, YES], after: async (reader) => void (await reader.run("pulumi config rm indie-ventures:studio")) },
  {
    page: "docs/settings.md",
    begins: "source .indie/env",
    before: async (reader) => void (settings = await reader.read(reader.stackFile)),
    after: (reader) => reader.write(reader.stackFile, settings),
  },
  { page: "docs/domains.md", begins: "$ npx indie plan", before: (reader) => reader.edit("projects.yaml", "    # domains: [api.docs.example.com]", "    domains: [api.docs.example.com]") },
  { page: "docs/domains.md", begins: "$ curl" },
  {
    page: "docs/smtp-and-oauth.md",
    begins: "source .indie/env",
    answers: [undefined, [[/value:/, `of the mail server${ENTER}`]], [[/value:/, `of GitHub${ENTER}`]]],
  },
  { page: "docs/smtp-and-oauth.md", begins: "npx indie plan", before: (reader) => {
      const entry = example("docs/smtp-and-oauth.md", "yaml");
      return reader.edit("projects.yaml", /(- name: docs\n {4}architecture: shared\n)/, `$1${entry.slice(entry.indexOf("    auth:"))}\n`);
    } },
  { page: "docs/smtp-and-oauth.md", begins: "$ curl" },
  ...["isolated", "shared"].map((word): Step => ({
    page: "docs/architectures.md",
    begins: "npx indie plan",
    before: (reader) => reader.edit("projects.yaml", /(- name: shop\n    architecture: )\w+/, `$1${word}`),
    after: async (_, said) => {
      if (!said.includes(`to ${word}`)) throw new Error(`the plan does not say that shop moves:\n${said}`);
    },
  })),
  { page: "docs/projects.md", begins: "npx indie suspend docs" },
  { page: "docs/policies.md", begins: "source .indie/env", answers: [undefined, undefined, YES] },
  { page: "docs/policies.md", begins: "pulumi preview", before: (reader) => reader.write("exempt.json", example("docs/policies.md", "json")) },
  { page: "docs/recovery.md", begins: "npm run up" },
  { page: "docs/recovery.md", begins: "npm run up" },
  { page: "docs/recovery.md", begins: "pulumi up --refresh", answers: [YES] },
];
let settings = "";

const backups: Step[] = [
  { page: "docs/backups.md", begins: "source .indie/env", after: async (reader) => void (await reader.run("pulumi config rm notify")) },
  { page: "docs/backups.md", begins: "npx indie backup blog", after: expectPosts },
  { page: "docs/backups.md", begins: "npx indie seeds", after: async (reader) => void (await reader.run("pulumi config rm seeds.blog-copy")) },
  { page: "docs/backups.md", begins: "npx indie export blog" },
  { page: "docs/backups.md", begins: "docker exec iv-dev-backup restic check" },
  {
    page: "docs/backups.md",
    begins: "npm run up -- --empty-server",
    // The server is lost; of its volume of backups there was a copy, and it is put back.
    before: ({ place: { stack } }) => new Leftovers(stack).remove([`iv-${stack}-backups`]),
    after: expectPosts,
  },
];

const end: Step[] = [
  { page: "docs/projects.md", begins: "npx indie remove shop" },
  {
    page: "docs/projects.md",
    begins: "source .indie/env",
    answers: [undefined, YES],
    after: async ({ place: { stack } }) => {
      const left = await new Leftovers(stack).list();
      if (left.length > 0) throw new Error(`left behind: ${left.join(", ")}`);
    },
  },
];

export const ORDER: Step[] = [...quickStart, ...firstPage, ...pages, ...backups, ...end];

/** What a newcomer types on the first day, and what takes it away again. */
export const FIRST_DAY: Step[] = [...quickStart, ...firstPage, end.at(-1)!];
