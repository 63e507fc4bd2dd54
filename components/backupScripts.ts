// What an update runs in the backup container; $1: the project.
import { FILES_BUCKET, FILES_DIRECTORY } from "./services/storage.ts";

export const STATE_FOLDER = "/var/lib/indie-ventures";
const REMOVAL = `${STATE_FOLDER}/removals/$1`;

/** stdin: the project's file. Whole or not at all. */
export const PUT = `set -eu
umask 077
mkdir -p ${STATE_FOLDER}/projects "${FILES_DIRECTORY}/${FILES_BUCKET}/$1"
chmod 755 "${FILES_DIRECTORY}/${FILES_BUCKET}" "${FILES_DIRECTORY}/${FILES_BUCKET}/$1"
cat > "${STATE_FOLDER}/projects/$1.new"
mv "${STATE_FOLDER}/projects/$1.new" "${STATE_FOLDER}/projects/$1.json"`;

/** It is no longer being removed, and whoever asks next is told so. First of all, as it is refused where its purge has begun. */
export const BRING_BACK = `set -eu
[ ! -e "${REMOVAL}.json" ] || node main.ts bring-back "$1" </dev/null`;

/** That it was purged stays known where its entry is still in the file. */
export const FORGET = `set -eu
rm -f "${STATE_FOLDER}/projects/$1.json"
[ ! -e "${REMOVAL}.json" ] || [ -e "${REMOVAL}.kept" ] || { rm -f "${REMOVAL}.json"; node main.ts status; }`;

export const DELETE_FILES = `rm -rf "${FILES_DIRECTORY}/${FILES_BUCKET}/$1"`;

export const KEEP_PURGED = `touch "${REMOVAL}.kept"`;

export const FORGET_PURGED = `set -eu
rm -f "${REMOVAL}.json" "${REMOVAL}.kept"
node main.ts status`;
