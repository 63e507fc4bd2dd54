import { AlreadySaid, EXIT } from "../../report.ts";
import { up, type UpArgs } from "../../up.ts";

/** `npm run up`. @throws AlreadySaid where it failed */
export async function runUp(args: UpArgs): Promise<void> {
  const exitCode = await up(args);
  if (exitCode !== 0) throw new AlreadySaid(exitCode === EXIT.interrupted ? exitCode : EXIT.failed);
}
