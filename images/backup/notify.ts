// Tells a person, by a webhook, that the backups of a project fail, and when they work again. It delays no backup and fails none.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DAY, isYetToCome } from "./clock.ts";
import { readJson, writeJson } from "./files.ts";
import { STATE } from "./places.ts";

/** What is posted, as JSON. No secret is in it. */
export interface Notice {
  /** The Pulumi stack = the server. */
  stack: string;
  project: string;
  /** ISO 8601. */
  at: string;
  /** All of it in one sentence or two: services such as Slack show this alone. */
  text: string;
}

/** The last failure that was told; there while the backups of the project fail. */
interface Told {
  at: string;
  text: string;
  /** It was of the moment (stop.ts), whose words are others each time. @default false: told by an earlier version */
  isHindrance?: boolean;
}

const TIMEOUT_SECONDS = 10;
const RETRY_SECONDS = 5;
const MOST_CHARACTERS = 500;
const toldFile = (project: string): string => join(STATE, "told", `${project}.json`);

/** The same fault again is news once a day, and so is what hinders a job that is tried again each hour, whatever it is by then. */
export const isNews = (told: Told | undefined, { text, isHindrance = false }: Omit<Told, "at">, now: Date): boolean =>
  told === undefined || isYetToCome(told.at, now) || (told.text !== text && !(told.isHindrance && isHindrance)) || now.getTime() - Date.parse(told.at) >= DAY;

/** Whatever of the container's environment is secret, and what a database's or a repository's word may repeat. */
const SECRET_NAME = /PASSWORD|SECRET|KEY|TOKEN|WEBHOOK/;

/** The text without any value of a variable that holds a secret, and not longer than a message may be. */
export function withoutSecrets(text: string, env: Record<string, string | undefined>): string {
  const secrets = Object.entries(env).flatMap(([name, value]) => (SECRET_NAME.test(name) && value ? [value] : []));
  const shown = secrets.toSorted((one, other) => other.length - one.length).reduce((all, secret) => all.replaceAll(secret, "…"), text);
  return shown.length > MOST_CHARACTERS ? `${shown.slice(0, MOST_CHARACTERS)}…` : shown;
}

export async function tellFailure(project: string, failure: Omit<Told, "at">, now = new Date()): Promise<void> {
  const told = await readJson<Told>(toldFile(project));
  if (process.env.NOTIFY_WEBHOOK === undefined || !isNews(told, failure, now)) return;
  await writeJson(toldFile(project), { at: now.toISOString(), ...failure } satisfies Told);
  post(project, `backups of "${project}" fail: ${failure.text}`, now);
}

/** @param text what shows that they work */
export async function tellRecovery(project: string, text: string, now = new Date()): Promise<void> {
  if ((await readJson<Told>(toldFile(project))) === undefined) return;
  await rm(toldFile(project), { force: true });
  post(project, `backups of "${project}" work again: ${text}`, now);
}

/** Goes on by itself: whoever waits for a backup does not wait for this. What went wrong is in the log. */
function post(project: string, text: string, now: Date): void {
  const { NOTIFY_WEBHOOK: url, STACK: stack = "" } = process.env;
  if (url === undefined) return;
  const notice: Notice = { stack, project, at: now.toISOString(), text: withoutSecrets(`Server ${stack}: ${text}`, process.env) };
  void deliver(url, notice).then((fault) => {
    if (fault !== undefined) console.error(`${project}: the webhook of the setting notify was not told: ${fault}`);
  });
}

/** Twice at most. @returns why it was not delivered, without the URL: it may hold a token */
export async function deliver(url: string, notice: Notice, wait = () => sleep(RETRY_SECONDS * 1000), timeoutSeconds = TIMEOUT_SECONDS): Promise<string | undefined> {
  const first = await tryOnce(url, notice, timeoutSeconds);
  if (first === undefined) return undefined;
  await wait();
  return tryOnce(url, notice, timeoutSeconds);
}

async function tryOnce(url: string, notice: Notice, timeoutSeconds: number): Promise<string | undefined> {
  const signal = AbortSignal.timeout(timeoutSeconds * 1000);
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(notice),
      // What is sent elsewhere would be sent as a GET, and count as told.
      redirect: "error",
      signal,
    });
    await answer.body?.cancel();
    return answer.ok ? undefined : `it answered ${answer.status}`;
  } catch (error) {
    if (signal.aborted) return `it did not answer within ${timeoutSeconds} seconds`;
    const { cause } = error as { cause?: { code?: string } };
    return `it can not be reached (${cause?.code ?? "no answer"})`;
  }
}
