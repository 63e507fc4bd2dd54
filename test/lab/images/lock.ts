import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Runs one at a time on this machine. The lock is an address in Linux's abstract namespace: the kernel frees it when its holder ends,
 * however it ends, so none is ever left behind.
 */
export async function withLock<T>(name: string, onWait: () => void, run: () => Promise<T>): Promise<T> {
  const server = createServer();
  for (let attempt = 0; ; attempt++) {
    server.listen({ path: `\0${name}` });
    const error = await once(server, "listening").then(() => undefined, (reason: NodeJS.ErrnoException) => reason);
    if (error === undefined) break;
    if (error.code !== "EADDRINUSE") throw error;
    if (attempt === 0) onWait();
    await sleep(500);
  }
  try {
    return await run();
  } finally {
    server.close();
  }
}
