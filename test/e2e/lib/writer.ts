import { setTimeout as sleep } from "node:timers/promises";
import { ownerSql } from "./clients.ts";
import type { ProjectOutputs } from "./testStack.ts";

/** Writes rows into `hits` one after the other, each with a name of its own, and remembers which were acknowledged. */
export class Writer {
  private stopped = false;
  private readonly acknowledged: string[] = [];
  readonly failures: string[] = [];
  private readonly loop: Promise<void>;
  private readonly project: ProjectOutputs;
  private readonly name: string;

  constructor(project: ProjectOutputs, name: string) {
    this.project = project;
    this.name = name;
    this.loop = this.write();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.loop;
  }

  /** How often each acknowledged row is there: all 1, unless one was lost or written twice. */
  async counts(): Promise<{ acknowledged: number; notOnce: string[] }> {
    const { rows } = await ownerSql(this.project, `select client, count(*)::int from hits where client like '${this.name}-%' group by client`);
    const found = new Map(rows.map(({ client, count }) => [client as string, count as number]));
    return { acknowledged: this.acknowledged.length, notOnce: this.acknowledged.filter((row) => found.get(row) !== 1) };
  }

  private async write(): Promise<void> {
    const { url, anonKey } = this.project;
    for (let index = 0; !this.stopped; index++) {
      const client = `${this.name}-${index}`;
      const headers = { apikey: anonKey, "content-type": "application/json", prefer: "return=minimal" };
      try {
        const { status } = await fetch(`${url}/rest/v1/hits`, { method: "POST", headers, body: JSON.stringify({ client }) });
        if (status === 201) this.acknowledged.push(client);
        else this.failures.push(`${client}: status ${status}`);
      } catch (error) {
        this.failures.push(`${client}: ${(error as Error).message}`);
      }
      await sleep(10);
    }
  }
}
