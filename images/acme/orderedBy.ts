// Whether the settings are still those that the last orders were made by.
import { createHash } from "node:crypto";
import { changeAttempts } from "./attempts.ts";
import { readText, writeText } from "./files.ts";
import { withLock } from "./lock.ts";
import { ORDERED_BY } from "./places.ts";
import type { Settings } from "./settings.ts";
import { writeStatus } from "./status.ts";

/** Another CA, address or token may mend what failed: it is not held up by what was before. A start with the same ones changes nothing. */
export const forgetOtherFailures = (settings: Settings): Promise<void> =>
  withLock("files", async () => {
    const { acme } = settings;
    const roots = acme?.serverRoots === undefined ? undefined : await readText(acme.serverRoots);
    const hash = createHash("sha256").update(JSON.stringify([settings, roots ?? null])).digest("hex");
    if ((await readText(ORDERED_BY)) === hash) return;
    await changeAttempts(() => ({}));
    await writeText(ORDERED_BY, hash);
    await writeStatus();
  });
