import { setTimeout as sleep } from "node:timers/promises";
import pg, { type Client } from "pg";
import type { Config } from "../config.ts";
import { connectionFields } from "../database/pools.ts";
import { log } from "../log.ts";

const RETRY_MS = 500;

/** Follows the notifications of the multitenant database's triggers, and comes back when its connection is lost. */
export class Changes {
  readonly #settings: Config["database"];
  readonly #onChange: (tenantId: string) => void;
  readonly #onMissed: () => void;
  #client: Client | undefined;
  #isEnding = false;

  /** @param onMissed while the connection was away, any tenant may have changed */
  constructor(settings: Config["database"], onChange: (tenantId: string) => void, onMissed: () => void) {
    this.#settings = settings;
    this.#onChange = onChange;
    this.#onMissed = onMissed;
  }

  async start(): Promise<void> {
    const client = new pg.Client(connectionFields(this.#settings.multitenantUrl, this.#settings, false));
    client.on("error", (error: Error) => log("warning", "[PubSub] connection lost", { type: "pubsub", error: error.message }));
    client.on("notification", ({ payload = "" }: { payload?: string }) => this.#onChange(payload.replaceAll('"', "")));
    await client.connect();
    await client.query("listen tenants_update; listen tenants_jwks_update");
    client.on("end", () => void this.#restart());
    this.#client = client;
  }

  async #restart(): Promise<void> {
    while (!this.#isEnding) {
      await sleep(RETRY_MS);
      if (await this.start().then(() => true, () => false)) return this.#onMissed();
    }
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    await this.#client?.end();
  }
}
