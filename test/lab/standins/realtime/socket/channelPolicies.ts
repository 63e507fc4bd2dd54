import type { Pool } from "pg";
import { AuthorizationError, type Caller, type Extension, noPolicies, type Policies, readPolicies, writePolicies } from "../database/authorization.ts";

/** What row level security lets one caller do in a private channel; asked for when it is needed and remembered. */
export class ChannelPolicies {
  readonly #pool: () => Promise<Pool>;
  #caller: Caller | undefined;
  #policies: Policies = noPolicies();

  constructor(pool: () => Promise<Pool>) {
    this.#pool = pool;
  }

  may(extension: Extension, right: "read" | "write"): boolean {
    return this.#policies[extension][right] === true;
  }

  /** A new token: everything is asked anew. @returns what was known */
  reset(): Policies {
    const before = this.#policies;
    this.#policies = noPolicies();
    return before;
  }

  hasLost(before: Policies): boolean {
    return (["broadcast", "presence"] as const).some((extension) => before[extension].read === true && this.#policies[extension].read === false);
  }

  async authorizeRead(caller: Caller, presenceEnabled: boolean): Promise<void> {
    this.#caller = caller;
    this.#take("read", await readPolicies(await this.#pool(), caller, presenceEnabled ? ["broadcast", "presence"] : ["broadcast"]));
  }

  /** What the database can not answer counts as no, and is asked again with the next message. */
  async mayWriteBroadcast(): Promise<boolean> {
    if (this.#policies.broadcast.write === undefined) {
      try {
        this.#take("write", await writePolicies(await this.#pool(), this.#caller!, ["broadcast", "presence"]));
      } catch (error) {
        if (!(error instanceof AuthorizationError)) throw error;
        return false;
      }
    }
    return this.may("broadcast", "write");
  }

  /** With the right to read it when that was not asked at the join. @throws AuthorizationError */
  async mayWritePresence(): Promise<boolean> {
    const { presence } = this.#policies;
    if (presence.write === undefined) {
      const pool = await this.#pool();
      if (presence.read === undefined) this.#take("read", await readPolicies(pool, this.#caller!, ["presence"]));
      this.#take("write", await writePolicies(pool, this.#caller!, ["broadcast", "presence"]));
    }
    return this.may("presence", "write");
  }

  #take(right: "read" | "write", allowed: Partial<Record<Extension, boolean>>): void {
    for (const [extension, value] of Object.entries(allowed)) this.#policies[extension as Extension][right] = value;
  }
}
