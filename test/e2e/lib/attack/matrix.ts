import { setTimeout as sleep } from "node:timers/promises";
import { spellings } from "../secretSearch.ts";
import type { Answer, Attack, Attempt, Credential, Door } from "./door.ts";
import type { Tenant } from "./tenant.ts";

/** One line of the table. */
export interface Row {
  title: string;
  /** What the owner got. */
  control: string;
  /** By the kind of credential, what the others got: each word once. */
  cells: Partial<Record<Credential["kind"], Set<string>>>;
}

export interface Matrix {
  rows: Row[];
  attempts: number;
  /** What went wrong, in words. */
  failures: string[];
}

const CONCURRENT = 24;
const TRIES = 4;
const EXCERPT = 200;

/** Tries every credential of every project at every door of every other, after each owner's own. */
export async function runMatrix(doors: readonly Door[], tenants: readonly Tenant[], credentials: (tenant: Tenant) => Credential[]): Promise<Matrix> {
  const failures: string[] = [];
  const rows = await inParallel(
    doors,
    async (door): Promise<Row> => ({ title: door.title, control: await runControls(door, tenants, failures), cells: {} }),
  );
  const tries = doors.flatMap((door, index) =>
    pairs(tenants).flatMap(({ attacker, victim }) =>
      credentials(attacker).flatMap((credential) => {
        const attack = { attacker, victim, credential };
        return door.attempts(attack).map((attempt) => ({ door, row: rows[index]!, attack, attempt }));
      }),
    ),
  );
  await inParallel(tries, async ({ door, row, attack, attempt }) => {
    const answer = await answerTo(attempt);
    const { outcome, failure } = judge(door, answer, attempt, attack, tenants);
    (row.cells[attack.credential.kind] ??= new Set()).add(outcome);
    if (failure !== undefined) failures.push(describe(door, attack, attempt, answer, failure));
  });
  return { rows, attempts: tries.length, failures };
}

async function runControls(door: Door, tenants: readonly Tenant[], failures: string[]): Promise<string> {
  const outcomes = new Set<string>();
  for (const owner of tenants) {
    const control = door.control(owner);
    const answer = await answerTo(control);
    outcomes.add(answer.outcome);
    const isShown = door.showsNoMarker || door.isClosed || holds(answer.text, owner.marker);
    if (answer.result !== (door.isClosed ? "refused" : "granted") || !isShown)
      failures.push(`${door.title}, control: ${owner.name} itself (${control.how}) got ${answer.outcome}: ${answer.text.slice(0, EXCERPT)}`);
  }
  return [...outcomes].sort().join(", ");
}

/**
 * Who can not answer at this moment (of Storage: 544, Postgres was too slow; of Postgres: no connection in time) is asked again: it has neither let
 * in nor refused. One that never can stays broken.
 */
async function answerTo(attempt: Attempt): Promise<Answer> {
  for (let tried = 1; ; tried++) {
    const answer = await attempt.run();
    if (answer.result !== "broken" || tried === TRIES) return answer;
    await sleep(tried * 1000);
  }
}

interface Judgement {
  outcome: string;
  failure?: string;
}

/** The rule of the matrix: refused, or the attacker's own; and never a byte of another's. */
export function judge(door: Door, { result, outcome, text }: Answer, attempt: Attempt, { attacker, credential }: Attack, tenants: readonly Tenant[]): Judgement {
  const shown = tenants.flatMap((other) =>
    other === attacker ? [] : Object.entries({ marker: other.marker, ...other.secrets }).flatMap(([what, secret]) => (secret !== credential.value && holds(text, secret) ? [`${what} of ${other.name}`] : [])),
  );
  if (shown.length > 0) return { outcome, failure: `shows ${shown.join(", ")}` };
  if (result === "refused") return { outcome };
  if (result === "granted" && attempt.mayBeOwn) {
    const isAdmin = ["service_role key", "secret key"].includes(credential.name);
    if (door.showsNoMarker || !isAdmin || holds(text, attacker.marker)) return { outcome: "its own" };
  }
  if (result === "granted" && attempt.mayBeEmpty) return { outcome: "empty" };
  return { outcome, failure: result === "granted" ? "is let in" : "is broken" };
}

const known = new Map<string, string[]>();

/** Whether a text holds a secret in any of its spellings. */
export function holds(text: string, secret: string): boolean {
  if (!known.has(secret)) known.set(secret, spellings(secret));
  return known.get(secret)!.some((spelling) => text.includes(spelling));
}

const describe = ({ title }: Door, { attacker, victim, credential }: Attack, { how }: Attempt, { outcome, text }: Answer, failure: string): string =>
  `${title}: ${attacker.name} at ${victim.name} with ${credential.name} (${how}) ${failure}: ${outcome} ${text.slice(0, EXCERPT)}`;

const pairs = (tenants: readonly Tenant[]) => tenants.flatMap((attacker) => tenants.filter((victim) => victim !== attacker).map((victim) => ({ attacker, victim })));

async function inParallel<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) results[index] = await run(items[index]!);
  };
  await Promise.all(Array.from({ length: CONCURRENT }, worker));
  return results;
}
