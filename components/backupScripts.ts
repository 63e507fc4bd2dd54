// What an update runs in the backup container; $1: the project.
import { STATE } from "../images/backup/places.ts";
import { execIn } from "./server/server.ts";
import { FILES_BUCKET, FILES_DIRECTORY } from "./services/storage.ts";

export const inContainer = (words: string): string => execIn("backup container", words);

const REMOVAL = `${STATE}/removals/$1`;

/** stdin: the project's file. Whole or not at all. */
export const PUT = `set -eu
umask 077
mkdir -p ${STATE}/projects "${FILES_DIRECTORY}/${FILES_BUCKET}/$1"
chmod 755 "${FILES_DIRECTORY}/${FILES_BUCKET}" "${FILES_DIRECTORY}/${FILES_BUCKET}/$1"
cat > "${STATE}/projects/$1.new"
mv "${STATE}/projects/$1.new" "${STATE}/projects/$1.json"`;

/** It is no longer being removed, and whoever asks next is told so. First of all, as it is refused where its purge has begun. */
export const BRING_BACK = `set -eu
[ ! -e "${REMOVAL}.json" ] || node main.ts bring-back "$1" </dev/null`;

/** That it was purged stays known where its entry is still in the file. */
export const FORGET = `set -eu
rm -f "${STATE}/projects/$1.json"
[ ! -e "${REMOVAL}.json" ] || [ -e "${REMOVAL}.kept" ] || { rm -f "${REMOVAL}.json"; node main.ts status; }`;

/** With what a restore of it replaced: a rollback would bring that back into a new project of the name. */
export const DELETE_FILES = `rm -rf "${FILES_DIRECTORY}/${FILES_BUCKET}/$1" "${STATE}/replaced/$1.json"`;

export const KEEP_PURGED = `touch "${REMOVAL}.kept"`;

export const FORGET_PURGED = `set -eu
rm -f "${REMOVAL}.json" "${REMOVAL}.kept"
node main.ts status`;
