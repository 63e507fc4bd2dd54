// Resources as the program makes them, for tests to spoil.
import type { Resource } from "./ask.ts";

const labels = (service: string, project?: string) => [
  { label: "indie-ventures.service", value: service },
  { label: "indie-ventures.stack", value: "dev" },
  { label: "indie-ventures.state", value: "0123456789abcdef" },
  ...(project === undefined ? [] : [{ label: "indie-ventures.project", value: project }]),
];

/** A container: blog's auth, unless another service is named. */
export function container(change: Record<string, unknown> = {}, service = "auth"): Resource {
  const [name, project] = service === "auth" ? ["blog-auth", "blog"] : [service, undefined];
  return {
    type: "docker:index/container:Container",
    name,
    props: {
      image: "supabase/gotrue:v2.196.0",
      envs: [`API_EXTERNAL_URL=http://blog.localhost`, "DB_URL=postgresql://blog_auth_admin:5ec7e7@postgres:5432/blog"],
      labels: labels(service, project),
      networkMode: "bridge",
      networksAdvanced: [{ name: "iv-dev-plane" }],
      restart: "always",
      memory: 96,
      ...change,
    },
  };
}

export const network = (change: Record<string, unknown> = {}, service = "db"): Resource => ({
  type: "docker:index/network:Network",
  name: service,
  props: { name: `iv-dev-${service}`, internal: service === "db", labels: labels(service), ...change },
});

export const volume = (name: string, change: Record<string, unknown> = {}, protect = false): Resource => ({
  type: "docker:index/volume:Volume",
  name,
  props: { name: `iv-dev-${name}`, labels: labels("storage", /^(.+)-files$/.exec(name)?.[1]), ...change },
  protect,
});
