// Where things are inside the container; the volumes behind them: components/backups.ts.
import { join } from "node:path";

/** What must outlive the container: projects, catalog, journals. */
export const STATE = "/var/lib/indie-ventures";
/** What a backup is made of, until it is in the repository. */
export const STAGING = join(STATE, "staging");
/** What was read back from the repository. */
export const READ_BACK = join(STATE, "read-back");
/** Where a proof's manifest is in its snapshot. */
export const PROOF = join(STATE, "proof");
/** The stack's state and its passphrase, as the last `npm run up` left them. Secret. */
export const PULUMI_STATE = join(STATE, "pulumi.json");
/** Vault's root key. Below /var/lib, which lets nobody but root in (Dockerfile): upstream's image makes the key readable for all. */
export const VAULT = "/var/lib/postgresql-custom";
/** How the scratch server is asked to run (scratch.sh): files of root's. */
export const SCRATCH = "/scratch";
/** Its socket, and nothing else of ours: it is that server's folder. */
export const SCRATCH_SOCKET = join(SCRATCH, "socket");

/** The stored files of all projects. */
export const FILES = "/var/lib/storage/files";
export const filesFolder = (project: string): string => join(FILES, project);
/** On the same volume, so that what is in them moves by a rename. No project's name begins with a dot. */
export const restoringFolder = (project: string): string => join(FILES, `.restoring-${project}`);
/** Files that may be gone before a backup comes to them, by second names, each with its whole path. */
export const savingFolder = (project: string): string => join(FILES, `.saving-${project}`);
export const replacedFolder = (project: string): string => join(FILES, `.replaced-${project}`);

/** An object of Storage, as its row says. */
export interface StoredObject {
  bucket_id: string;
  name: string;
  version: string | null;
}

/** Where Storage keeps its file, within the project's folder (facts/tenancy.md §2.4). */
export const objectPath = ({ bucket_id, name, version }: StoredObject): string => join(bucket_id, name, version ?? "");
