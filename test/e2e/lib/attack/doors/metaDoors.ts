// postgres-meta through the gateway: the header that says which database it is about.
import { encryptConnection } from "../../../../../components/services/meta.ts";
import { docker } from "../../testStack.ts";
import type { Door } from "../door.ts";
import { send } from "../http.ts";
import type { Container } from "../network.ts";
import type { Tenant } from "../tenant.ts";

/** What the gateway itself would write for the project, by the key that its postgres-meta reads such texts with. */
async function trueHeader(containers: Container[], { name, database, roles, passwords }: Tenant): Promise<string> {
  const metas = containers.filter(({ service }) => service === "meta");
  const meta = metas.find(({ project }) => project === name) ?? metas.find(({ project }) => project === undefined)!;
  const environment = JSON.parse(await docker("inspect", "--format", "{{json .Config.Env}}", meta.name)) as string[];
  const key = environment.find((each) => each.startsWith("CRYPTO_KEY="))!.slice("CRYPTO_KEY=".length);
  return encryptConnection(`postgresql://${roles.owner}:${passwords.owner}@postgres:5432/${database}`, key, Buffer.alloc(8));
}

/** Sent at one's own address, where one's service key opens: the gateway puts the connection of that project in its place. */
export const metaDoors = (port: number, containers: Container[]): Door[] => {
  const ask = async (sender: Tenant, victim: Tenant, key: string) => {
    const headers = { apikey: key, authorization: `Bearer ${key}`, "x-connection-encrypted": await trueHeader(containers, victim) };
    return send(port, sender.hosts[0]!, { method: "POST", path: "/pg/query", headers, body: JSON.stringify({ query: "select body from public.markers" }) });
  };
  return [
    {
      title: "postgres-meta (`/pg/`), at one's own address, with another's true connection in the header",
      control: (owner) => ({ how: "its own service_role key and connection", run: () => ask(owner, owner, owner.serviceRoleKey) }),
      attempts: ({ attacker, victim, credential: { kind, value } }) =>
        kind === "keys" ? [{ how: "as apikey and authorization", mayBeOwn: true, run: () => ask(attacker, victim, value) }] : [],
    },
  ];
};
