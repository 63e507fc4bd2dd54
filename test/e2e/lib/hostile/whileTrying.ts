import pg from "pg";
import { setTimeout as sleep } from "node:timers/promises";

export interface Login {
  user: string;
  password: string;
}

/** While something is done, logins try to get into a database, again and again. What each try was answered: `in`, or Postgres' word. */
export async function whileTrying<T>(port: number, database: string, logins: Login[], work: () => Promise<T>): Promise<{ said: T; answers: string[] }> {
  const answers = new Set<string>();
  let isOver = false;
  const tryLogin = async ({ user, password }: Login) => {
    while (!isOver) {
      const client = new pg.Client({ host: "127.0.0.1", port, database, user, password });
      client.on("error", () => {});
      answers.add(await client.connect().then(() => "in", (error: Error) => error.message));
      await client.end().catch(() => {});
      await sleep(20);
    }
  };
  const tries = logins.map(tryLogin);
  const said = await work().finally(() => (isOver = true));
  await Promise.all(tries);
  return { said, answers: [...answers] };
}
