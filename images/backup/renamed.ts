// A backup of one project as if it were another's: on a scratch server its roles get the other's names, and Postgres itself tells everything anew,
// as owners, grants and policies know a role by its number.
import { join } from "node:path";
import { type Extras, readExtras } from "./extras.ts";
import { runPgDump } from "./dump.ts";
import { type Measure, measure } from "./measure.ts";
import { asSuperuser, quoteIdentifier, withClient } from "./postgres.ts";
import type { BackupProject } from "./project.ts";
import { onScratch, type ScratchArgs } from "./prove.ts";
import { Stop } from "./stop.ts";

export interface Renamed {
  dumpFile: string;
  extras: Extras;
  measure: Measure;
}

export interface RenamedArgs extends ScratchArgs {
  target: BackupProject;
}

/** What is to be restored, if it is to be a project of another name. The roles stand in the same order in both. */
export async function renamed({ set, target, ...args }: RenamedArgs): Promise<Renamed> {
  const { manifest } = args;
  const { project: source } = set;
  return onScratch({ ...args, set }, async (server, { faults }) => {
    if (faults.length > 0) throw new Stop(`${source.name}: backup ${manifest.id} is not as it was made: ${faults[0]}`);
    const database = source.restoringDatabase;
    const statements = source.roles.map((role, index) => `alter role ${quoteIdentifier(role)} rename to ${quoteIdentifier(target.roles[index]!)};`);
    await asSuperuser(server, "postgres", statements.join("\n"));
    const dumpFile = join(set.folder, "renamed.dump");
    await runPgDump({ server, login: server.reader, database }, dumpFile, []);
    const extras = await withClient({ server, login: server.superuser, database }, (client) => readExtras(client, target.roles));
    return { dumpFile, extras, measure: await withClient({ server, login: server.reader, database }, measure) };
  });
}
