import * as pulumi from "@pulumi/pulumi";
import type { Edge } from "./edge.ts";
import { CERTIFICATES_DIRECTORY, CHALLENGE } from "./edge/configuration.ts";

export interface SiteArgs {
  /** Hosts that the site answers to. Checked by spec/: nothing in them can end an nginx word. */
  hosts: readonly string[];
  /** The upstream of what serves it. */
  upstream: string;
  /** The file of names and passwords that let in ({@link Edge.passwords}). @default everybody is let in */
  passwords?: string;
}

/** What a browser sent to get in says nothing to what lies behind (upstream's gateway takes it away too: facts/upstream.md §2.2, 21). */
const renderPasswords = (name: string): string => `
    auth_basic "Studio";
    auth_basic_user_file /etc/nginx/live/passwords/${name}.conf;
    proxy_set_header Authorization "";`;

const renderLocation = ({ upstream, passwords }: SiteArgs): string => `  location / {${passwords === undefined ? "" : renderPasswords(passwords)}
    proxy_pass http://${upstream};
    include /etc/nginx/proxy.conf;
  }`;

/** One site. */
export const renderSite = (site: SiteArgs): string => `server {
  listen 80;
  server_name ${site.hosts.join(" ")};
${renderLocation(site)}
}
`;

/** Where a site is by HTTPS: the way there. 308, and not 301: a POST stays one. Whole by itself, so that an edge without certificates starts with it. */
export const renderRedirect = ({ hosts }: Pick<SiteArgs, "hosts">, httpsPort: number): string => `server {
  listen 80;
  server_name ${hosts.join(" ")};
  ${CHALLENGE}
  location / { return 308 https://$host${httpsPort === 443 ? "" : `:${httpsPort}`}$request_uri; }
}
`;

/** The same by HTTPS: a server for each host, as each has a certificate of its own. Browsers heed the header once they believe the certificate. */
export const renderHttps = (site: SiteArgs, certificateOf: (host: string) => string): string => site.hosts.map((host) => `server {
  listen 443 ssl;
  http2 on;
  server_name ${host};
  ssl_certificate ${CERTIFICATES_DIRECTORY}/live/${certificateOf(host)}/fullchain.pem;
  ssl_certificate_key ${CERTIFICATES_DIRECTORY}/live/${certificateOf(host)}/privkey.pem;
  add_header Strict-Transport-Security "max-age=31536000" always;
${renderLocation(site)}
}
`).join("");

export interface NginxRouteArgs extends SiteArgs {
  edge: Edge;
  /** What must be there before the address opens: nginx refuses a site whose upstream, or whose certificate, it does not know. */
  after: pulumi.Resource[];
}

/** One project's site at the edge. */
export class NginxRoute extends pulumi.ComponentResource {
  /** Done when nginx serves it. */
  readonly site: pulumi.Resource;

  constructor(name: string, args: NginxRouteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("indie-ventures:index:NginxRoute", name, {}, opts);
    const { edge, after } = args;
    const { certificates } = edge;
    if (certificates === undefined) this.site = edge.site(name, renderSite(args), this, after);
    else {
      const https = edge.https(name, renderHttps(args, (host) => certificates.nameOf(host)), this, after);
      // Nobody is sent there before it answers.
      this.site = edge.site(name, renderRedirect(args, certificates.port), this, [https]);
    }
    this.registerOutputs({});
  }
}
