import * as pulumi from "@pulumi/pulumi";
import type { Edge } from "./edge.ts";

export interface SiteArgs {
  /** Hosts that the site answers to. Checked by spec/: nothing in them can end an nginx word. */
  hosts: readonly string[];
  /** The upstream of the gateway that serves the project. */
  upstream: string;
}

/** One project's site. */
export const renderSite = ({ hosts, upstream }: SiteArgs): string => `server {
  listen 80;
  server_name ${hosts.join(" ")};
  location / {
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
  constructor(name: string, args: NginxRouteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("indie-ventures:index:NginxRoute", name, {}, opts);
    args.edge.site(name, renderSite(args), this, args.after);
    this.registerOutputs({});
  }
}
