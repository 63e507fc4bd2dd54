// The edge's files that do not change while it runs.
import { readComponentFile } from "../files.ts";

/** Where nginx's changing files live inside the container, on a volume. */
export const LIVE_DIRECTORY = "/etc/nginx/live";
/** Where it finds certificates, on a volume that the container which gets them writes. */
export const CERTIFICATES_DIRECTORY = "/etc/nginx/certificates";

/**
 * What a certificate authority asks for to see that a host is ours (RFC 8555, 8.3). It is written into each file
 * that needs it, and not included: an edge without HTTPS, which has no such file, reads the sites of the one before until they are written anew.
 */
export const CHALLENGE = `location /.well-known/acme-challenge/ {
    root ${CERTIFICATES_DIRECTORY}/webroot;
    default_type text/plain;
  }`;

interface Upload {
  file: string;
  content: string;
}

const upload = (name: string, content = readComponentFile(`edge/${name}`)): Upload => ({ file: `/etc/nginx/${name}`, content });

/** @param httpsPort where it is published. @default it speaks HTTP alone */
export function edgeUploads(httpsPort?: number): Upload[] {
  if (httpsPort === undefined) return [upload("nginx.conf"), upload("proxy.conf"), upload("file.sh")];
  return [
    upload("nginx.conf", withTls(readComponentFile("edge/nginx.conf"))),
    // The port that clients know: inside the container it is always 443.
    upload("proxy.conf", inserted(readComponentFile("edge/proxy.conf"), "$server_port", String(httpsPort))),
    ...["file.sh", "tls.conf", "watch.sh"].map((name) => upload(name)),
  ];
}

/** Challenges of any host are answered, and what HTTPS needs is there before the first site. */
const withTls = (text: string): string =>
  [
    ["    default_type application/json;\n", `    default_type application/json;\n    ${CHALLENGE.replaceAll("\n", "\n  ")}\n`],
    ["  include /etc/nginx/live/sites/*.conf;\n", "  include /etc/nginx/live/sites/*.conf;\n  include /etc/nginx/tls.conf;\n"],
  ].reduce((all, [place, words]) => inserted(all, place!, words!), text);

/** @throws where the text has not exactly one such place: the file was changed, and this was not */
function inserted(text: string, place: string, words: string): string {
  const [before, after, ...others] = text.split(place);
  if (after === undefined || others.length > 0) throw new Error(`the edge's configuration has no single ${JSON.stringify(place)}`);
  return `${before}${words}${after}`;
}

/** What the container begins with. A certificate that comes while nginx starts is not missed: what is known is what was there before. */
export const edgeEntrypoint = (hasTls: boolean): string[] => [
  "bash",
  "-c",
  hasTls
    ? `mkdir -p ${LIVE_DIRECTORY}/{sites,upstreams,https} && touch ${LIVE_DIRECTORY}/generation.conf && { known=$(cat ${CERTIFICATES_DIRECTORY}/generation 2>/dev/null); bash /etc/nginx/watch.sh "$known" & exec nginx; }`
    : `mkdir -p ${LIVE_DIRECTORY}/{sites,upstreams} && touch ${LIVE_DIRECTORY}/generation.conf && exec nginx`,
];
