// Resources in words that a person knows: `auth`, `database`, `5 roles`, not `command:local:Command`.
import type { Change, Operation } from "./changes.ts";
import type { Things } from "./model.ts";

/** Commands, by the end of their names (components/). The longer end comes first. */
const COMMANDS: [string, string][] = [
  ["-realtime-tenant", "tenant of Realtime"],
  ["-storage-tenant", "tenant of Storage"],
  ["-realtime-schema", "Realtime's tables"],
  ["-reader-setting", "login that reads for backups"],
  ["-fragment", "routes"],
  ["-upstream", "way to its container"],
  ["-passwords", "password at its address"],
  ["-site", "site at the edge"],
  ["-https", "site with HTTPS"],
  ["-certificates", "certificates that it needs"],
  ["-certificate", "certificate"],
  ["-tenancy", "grants"],
  ["-backup", "what backups know of it"],
  ["-removal", "last backup"],
  ["-image", "image"],
];

const FIXED: Record<string, string> = {
  "postgresql:index/database:Database": "database",
  "postgresql:index/role:Role": "role",
  "docker:index/network:Network": "network",
  "docker:index/volume:Volume": "volume",
  "docker:index/remoteImage:RemoteImage": "image",
  "pulumi:index:Stash": "seed of its keys",
};

/** Only groups others, or is the program's own. */
const isComponent = ({ type }: Change): boolean => type.startsWith("indie-ventures:") || type === "pulumi:pulumi:Stack";

/** @param project whose it is. @default a part's of the server */
function thing({ type, name }: Change, project: string | undefined): string {
  const own = project !== undefined && name.startsWith(`${project}-`) ? name.slice(project.length + 1) : name;
  if (type === "docker:index/container:Container") return own;
  if (type === "command:local:Command") {
    const [, words] = COMMANDS.find(([end]) => name.endsWith(end)) ?? [];
    return words === undefined ? own : name.startsWith("studio.") ? `Studio's ${words}` : words;
  }
  if (project === undefined && (type === "docker:index/volume:Volume" || type === "docker:index/network:Network")) return `${FIXED[type]} ${name}`;
  return FIXED[type] ?? own;
}

const LIST: Record<Operation, keyof Things> = { create: "added", update: "changed", replace: "replaced", delete: "removed", forget: "removed" };

export function thingsOf(changes: Change[], project?: string): Things {
  const lists: Record<keyof Things, string[]> = { added: [], replaced: [], changed: [], removed: [] };
  for (const change of changes) if (!isComponent(change)) lists[LIST[change.operation]].push(thing(change, project));
  return Object.fromEntries(Object.entries(lists).map(([list, words]) => [list, counted(words)])) as Things;
}

/** Words with a plain plural. */
const COUNTABLE = /^(?:role|image|volume|database|network)$/;

/** `role`, five times, is `5 roles`. */
function counted(words: string[]): string[] {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => (count === 1 ? word : COUNTABLE.test(word) ? `${count} ${word}s` : `${word} (${count})`));
}
