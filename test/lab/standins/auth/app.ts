import type { Pool } from "pg";
import type { Config } from "./config.ts";
import type { Keys } from "./jwt.ts";

/** What every handler needs. */
export type App = { readonly config: Config; readonly keys: Keys; readonly pool: Pool };
