import { setTimeout as sleep } from "node:timers/promises";
import { ownerSql, supabase } from "./clients.ts";
import type { ProjectOutputs } from "./testStack.ts";

export interface WriterOptions {
  /** A bucket that gets a small file now and then; one that is overwritten, and some that are deleted a moment later. @default none is written */
  bucket?: string;
}

/** Every how many rows there is an echo of it, and a file; and files that do not stay. */
const EVERY = { echo: 3, file: 20, passing: 15 };

/**
 * Writes rows into `hits` one after the other, each with a name of its own, and remembers which were acknowledged. Some have an echo in a second
 * table, which is written when the row is there: a copy that has the echo and not the row is of no state that existed.
 */
export class Writer {
  private stopped = false;
  private readonly acknowledged: string[] = [];
  /** Files that were acknowledged. */
  files = 0;
  /** How often one was overwritten, and how many were deleted. */
  readonly passed = { overwritten: 0, deleted: 0 };
  readonly failures: string[] = [];
  private readonly loop: Promise<void>;
  private readonly project: ProjectOutputs;
  private readonly name: string;
  private readonly options: WriterOptions;

  constructor(project: ProjectOutputs, name: string, options: WriterOptions = {}) {
    this.project = project;
    this.name = name;
    this.options = options;
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
    for (let index = 0; !this.stopped; index++) {
      const client = `${this.name}-${index}`;
      const isThere = await this.tried(client, () => this.insert("hits", { client }));
      if (isThere) this.acknowledged.push(client);
      if (isThere && index % EVERY.echo === 0) await this.tried(`echo of ${client}`, () => this.insert("echoes", { hit: client }));
      if (this.options.bucket !== undefined && index % EVERY.file === 0 && (await this.tried(`file ${client}`, () => this.upload(`written/${client}.txt`, client)))) this.files++;
      if (this.options.bucket !== undefined && index % EVERY.passing === 0) await this.passing(index);
      await sleep(10);
    }
  }

  /** What a backup may see once and not find again: another version of a file, and one that lives until the next. */
  private async passing(index: number): Promise<void> {
    const names = [index, index - EVERY.passing].map((of) => `passing/${this.name}-${of}.txt`) as [string, string];
    if (await this.tried("overwrite", () => this.upload(`passing/${this.name}.txt`, String(index)))) this.passed.overwritten++;
    await this.tried(names[0], () => this.upload(names[0], names[0]));
    if (index > 0 && (await this.tried(`delete ${names[1]}`, () => this.remove(names[1])))) this.passed.deleted++;
  }

  /** Says why not. @returns whether it was done */
  private async tried(what: string, done: () => Promise<string | undefined>): Promise<boolean> {
    const fault = await done().catch((error: Error) => error.message);
    if (fault !== undefined) this.failures.push(`${what}: ${fault}`);
    return fault === undefined;
  }

  private async insert(table: string, row: Record<string, string>): Promise<string | undefined> {
    const { url, anonKey } = this.project;
    const headers = { apikey: anonKey, "content-type": "application/json", prefer: "return=minimal" };
    const { status } = await fetch(`${url}/rest/v1/${table}`, { method: "POST", headers, body: JSON.stringify(row) });
    return status === 201 ? undefined : `status ${status}`;
  }

  private async upload(name: string, of: string): Promise<string | undefined> {
    const { storage } = supabase(this.project.url, this.project.serviceRoleKey);
    const { error } = await storage.from(this.options.bucket!).upload(name, `file of ${of}`, { contentType: "text/plain", upsert: true });
    return error?.message;
  }

  private async remove(name: string): Promise<string | undefined> {
    const { storage } = supabase(this.project.url, this.project.serviceRoleKey);
    const { data, error } = await storage.from(this.options.bucket!).remove([name]);
    return error?.message ?? (data?.length === 1 ? undefined : "nothing was deleted");
  }
}
