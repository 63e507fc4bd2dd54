// Projects as tenants of Realtime and Storage. Pure.
import { stackOption } from "../../options.ts";
import type { Finding } from "./finding.ts";
import type { Should, WantedTenant } from "./should.ts";

/** By the URN of the tenant's command: the answer's status, and of Storage whether its tables are of its version. */
export type TenantsIs = Record<string, { status: number; isMigrated?: boolean }>;

/** curl's configuration that asks about tenants, one after the other, with the token and the address that made them. Secret. */
export function renderQuestions(tenants: Pick<WantedTenant, "stdin">[]): string {
  return tenants.map(({ stdin }) => [...putLines(stdin), ...QUESTION].join("\n")).join("\nnext\n");
}

const QUESTION = ["request = GET", "silent", "show-error", 'output = "/dev/null"', 'write-out = "%{http_code}\\n"', "max-time = 20"];

/** Of what makes it (components/services/tenantRequests.ts): where it is, and the token. */
function putLines(stdin: string): string[] {
  const lines = stdin.split("\n");
  const begin = lines.indexOf("=== put");
  const end = lines.findIndex((line, index) => index > begin && line.startsWith("=== "));
  return lines.slice(begin + 1, end === -1 ? undefined : end).filter((line) => line.startsWith("url = ") || line.startsWith('header = "Authorization'));
}

/** The status of each, in their order; 0 where there was no answer. */
export const readStatuses = (text: string): number[] => text.split("\n").filter((line) => /^\d{3}$/.test(line)).map(Number);

const OF = {
  realtime: { name: "Realtime", why: "nobody gets its broadcasts, presence and changes" },
  storage: { name: "Storage", why: "nobody reads or writes its files" },
} as const;

export const checkTenants = ({ realtimeTenants, storageTenants, stack }: Should, is: TenantsIs): Finding[] => [
  ...realtimeTenants.flatMap((tenant) => check(tenant, is, { kind: "realtime", stack })),
  ...storageTenants.flatMap((tenant) => check(tenant, is, { kind: "storage", stack })),
];

function check({ urn, project, service }: WantedTenant, is: TenantsIs, { kind, stack }: { kind: keyof typeof OF; stack: string }): Finding[] {
  const { name, why } = OF[kind];
  const found = is[urn];
  if (found === undefined) return [];
  const base = { rule: "tenant", project, service, why } as const;
  const again = { fix: "it is made again, as the last update made it", action: { do: "replay", urn } } as const;
  if (found.status === 404) return [{ ...base, what: `${project} is no tenant of ${name}`, ...again }];
  if (found.status !== 200)
    return [{ ...base, rule: "unanswered", what: `${name} does not say whether ${project} is a tenant (${found.status === 0 ? "no answer" : found.status})`, why: "nothing is known of it", fix: `by hand: npx indie logs ${project} ${service}${stackOption(stack)}`, settles: true }];
  if (found.isMigrated === false) return [{ ...base, what: `${project}'s tables of ${name} are not of its version`, ...again }];
  return [];
}
