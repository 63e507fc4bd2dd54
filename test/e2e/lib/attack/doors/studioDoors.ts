// Studio's own address. It has no login: the edge asks for a password before it.
import type { Answer, Door } from "../door.ts";
import { send } from "../http.ts";
import type { Tenant } from "../tenant.ts";
import { disguise } from "./gatewayDoors.ts";

const PATH = "/api/platform/pg-meta/default/query";

const ask = (port: number, { hosts: [host] }: Tenant, user: string, password: string, headers: Record<string, string> = {}): Promise<Answer> => {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  const body = JSON.stringify({ query: "select body from public.markers" });
  return send(port, `studio.${host}`, { method: "POST", path: PATH, headers: { authorization, ...headers }, body });
};

export const studioDoors = (port: number): Door[] => [
  {
    title: "Studio: run SQL",
    control: (owner) => ({ how: "its own password", run: () => ask(port, owner, owner.studio!.user, owner.studio!.password) }),
    attempts({ victim, credential: { value } }) {
      const { user } = victim.studio!;
      return [
        { how: "as the password", run: () => ask(port, victim, user, value) },
        { how: "as the user and the password, disguised", run: () => ask(port, victim, value, value, disguise(victim)) },
        { how: "as a bearer token", run: () => ask(port, victim, user, value, { authorization: `Bearer ${value}`, apikey: value }) },
      ];
    },
  },
];
