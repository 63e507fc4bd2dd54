import * as pulumi from "@pulumi/pulumi";
import type { Edge } from "./edge.ts";

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

/** One site. */
export const renderSite = ({ hosts, upstream, passwords }: SiteArgs): string => `server {
  listen 80;
  server_name ${hosts.join(" ")};
  location / {${passwords === undefined ? "" : renderPasswords(passwords)}
    proxy_pass http://${upstream};
    include /etc/nginx/proxy.conf;
  }
}
`;

export interface NginxRouteArgs extends SiteArgs {
  edge: Edge;
  /** What must be there before the address opens: nginx refuses a site whose upstream it does not know. */
  after: pulumi.Resource[];
}

/** One project's site at the edge. */
export class NginxRoute extends pulumi.ComponentResource {
  /** Done when nginx serves it. */
  readonly site: pulumi.Resource;

  constructor(name: string, args: NginxRouteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("indie-ventures:index:NginxRoute", name, {}, opts);
    this.site = args.edge.site(name, renderSite(args), this, args.after);
    this.registerOutputs({});
  }
}
