// The guide in a project's archive, for who has never seen Indie Ventures. Pure.
import type { Manifest } from "./manifest.ts";

export interface GuideArgs {
  manifest: Manifest;
  /** Of the keys in the archive. */
  generation: number;
  /** Git tag of upstream's self-hosted set. */
  tag: string;
  /** The project's address until now. */
  url: string;
  /** Stored files in the archive. */
  files: number;
}

/** Where Storage's file backend has them: `<bucket>/<tenant>` of upstream's `.env` (facts/tenancy.md §2.4). */
export const FILES_PATH = "volumes/storage/stub/stub";

const SERVICES = ["postgres", "auth", "rest", "realtime", "storage", "imgproxy", "meta", "studio", "gateway"];

export function renderGuide({ manifest, generation, tag, url, files }: GuideArgs): string {
  const { project, id, begun, proven, versions, vaultSecrets } = manifest;
  const images = SERVICES.filter((service) => versions.images[service] !== undefined).map((service) => `| ${service} | \`${versions.images[service]}\` |`);
  return `# ${project}: a Supabase project, to be run by upstream's own docker compose file

**Everything here is secret**: all keys of the project, every user's password hash, every row, every file. Keep the archive like a password.

Made from backup ${id}, taken ${begun}, which was restored and compared on ${proven}. Postgres ${versions.postgres};
keys of generation ${generation}; ${files} stored files${vaultSecrets === 0 ? "" : `; ${vaultSecrets} secrets of the Vault`}. What was written after that moment is not in it.

| file | what it is |
|---|---|
| \`.env\` | the project's keys and settings, for upstream's \`docker-compose.yml\` |
| \`docker-compose.project.yml\` | what upstream's file leaves out: the newer signing keys for all services, login providers |
| \`database.dump\`, \`restore.list\`, \`check.sql\`, \`clear.sql\`, \`secrets.sql\`, \`extras.sql\`, \`restore.sh\` | the database, and how it gets into upstream's |
| \`volumes/storage\` | the stored files; their types are extended attributes (\`user.supabase.*\`) |
| \`manifest.json\` | what was backed up, without a secret |
| \`SHA256SUMS\` | to see that all of it arrived |

## Running it

You need a server with Docker, its compose plugin and git. A folder for all of it, with this archive in it:

\`\`\`sh
tar --xattrs -xf ${project}.tar        # as it is named with you
cd ${project}
sha256sum --check --quiet SHA256SUMS
\`\`\`

1. Upstream's files, of the set that the project ran with:

   \`\`\`sh
   git clone --depth 1 --branch ${tag} https://github.com/supabase/supabase.git upstream
   cp -R upstream/docker server
   cp .env docker-compose.project.yml server/
   cd server
   \`\`\`

2. The database alone, and then the project's into it. \`restore.sh\` refuses a database that is not new; it runs the project's own SQL as the
   superuser, so let it be a server of this project alone.

   \`\`\`sh
   docker compose up --detach --wait db
   sh ../restore.sh
   \`\`\`

   If it has to be begun anew: \`docker compose down --volumes && rm -rf volumes/db/data\`.

3. The stored files, with their attributes (\`cp -a\` of GNU keeps them; a file system without them would lose the types):

   \`\`\`sh
   mkdir -p volumes/storage && cp -a ../volumes/storage/. volumes/storage/
   \`\`\`

4. The rest, and a look at it:

   \`\`\`sh
   docker compose up --detach --wait
   . ./.env 2>/dev/null; curl --fail --header "apikey: $ANON_KEY" http://localhost:8000/auth/v1/settings
   \`\`\`

   Sign in with a user's old password; open a stored file; look at the tables in Studio (\`DASHBOARD_USERNAME\`, \`DASHBOARD_PASSWORD\`).

## Its address

Until now it was ${url}. Apps go on without a change if that name leads to the new server; else they need the new address, and nothing more: all
keys stay what they were, and whoever is signed in stays signed in.

1. In \`.env\`: \`SUPABASE_PUBLIC_URL\` (without a path), \`API_EXTERNAL_URL\` (the same with \`/auth/v1\`), \`SITE_URL\` (where mails and logins lead to).
   Then \`docker compose up --detach --wait\`.
2. HTTPS: add \`:docker-compose.caddy.yml\` to \`COMPOSE_FILE\`, and set \`PROXY_DOMAIN\`.
3. A day before, lower the name's TTL in the DNS to five minutes. Stop writing to the old project (\`state: suspended\`), have an archive of that
   moment, restore it, and then point the name (A and AAAA) to the new server. Keep the old one until nobody asks it any more.
4. Login providers know a callback address: add \`<API_EXTERNAL_URL>/callback\` with each of them.

## What it ran with

| service | image |
|---|---|
${images.join("\n")}

A newer version of a service changes its tables at its first start; an older one may refuse them. So begin with these, and update later as
upstream says.

Not in the archive: Edge Functions and logs, which the project did not have here; who listened to Realtime at that moment.
`;
}
