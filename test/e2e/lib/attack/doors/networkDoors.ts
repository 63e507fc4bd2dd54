// Ways in beside the gateway: from inside the networks of the services, and from inside Postgres, which a project's SQL can send HTTP from.
import { encryptConnection } from "../../../../../components/services/meta.ts";
import type { Answer, Attempt, Door } from "../door.ts";
import type { HttpRequest } from "../http.ts";
import { type Container, type Place, targetsOf } from "../network.ts";
import { runSql } from "../sql.ts";
import { BUCKET, FILE, type Tenant } from "../tenant.ts";

export interface Surroundings {
  postgresPort: number;
  containers: Container[];
  /** A place in the network that a project's services stand in. */
  placeOf(tenant: Tenant): Place;
}

const isShared = ({ architecture }: Tenant): boolean => architecture === "shared";
const sharesNetwork = (one: Tenant, other: Tenant): boolean => isShared(one) && isShared(other);

/** Of the victim, or of the plane where that serves it. */
const serving = ({ containers }: Surroundings, victim: Tenant, service: string): Container =>
  containers.find((container) => container.service === service && container.project === victim.name) ??
  containers.find((container) => container.service === service && container.project === undefined)!;

const containersFor = ({ containers }: Surroundings, victim: Tenant): Container[] =>
  containers.filter(({ project }) => project === victim.name || project === undefined);

/** `http` and dblink open a connection to wherever they are told. The only neighbours of Postgres are the doors, and those lead back to it. */
const sqlDoor = (surroundings: Surroundings): Door => ({
  title: "SQL that opens a connection to any other container",
  control: (owner) => ({
    how: "dblink to its own database",
    run: () => sql(surroundings, owner, `select * from extensions.dblink('${login(owner)} host=database', 'select body from public.markers') as t(body text)`),
  }),
  attempts({ attacker, victim, credential }) {
    if (credential.login !== attacker.roles.owner) return [];
    const targets = containersFor(surroundings, victim).flatMap(targetsOf);
    const byAddress = targets.filter(({ container, host }) => container.name !== host);
    // One name is enough: the first that is not found shows that none is, and each takes 10 s where no DNS server answers.
    const byName = targets.filter(({ container, host }) => container.name === host).slice(0, 1);
    return [...byName, ...byAddress].flatMap(({ host, port }) => [
      { how: `http to ${host}:${port}`, run: () => sql(surroundings, attacker, ...TIMEOUTS, `select extensions.http_get('http://${host}:${port}/')`) },
      {
        how: `dblink to ${host}:${port}`,
        run: () => sql(surroundings, attacker, ...TIMEOUTS, `select extensions.dblink_connect('${login(attacker)} host=${host} port=${port}')`),
      },
    ]);
  },
});

/** dblink knows no connect_timeout before Postgres 18 (libpqsrv_connect). What is there answers at once. */
const TIMEOUTS = ["select extensions.http_set_curlopt('CURLOPT_TIMEOUT_MS', '700')", "set statement_timeout = 800"];
const login = ({ database, roles, passwords }: Tenant): string => `dbname=${database} user=${roles.owner} password=${passwords.owner} connect_timeout=2`;
const sql = ({ postgresPort }: Surroundings, { database, roles, passwords }: Tenant, ...statements: string[]) =>
  runSql({ port: postgresPort, database, user: roles.owner, password: passwords.owner }, ...statements);

/** From a network to the containers of another: nothing is there, not even to knock at. */
const otherNetworkDoor = (surroundings: Surroundings): Door => ({
  title: "From a project's network, the containers of another network",
  showsNoMarker: true,
  control: (owner) => ({ how: "its own rest", run: () => surroundings.placeOf(owner).connect(serving(surroundings, owner, "rest").name, 3000) }),
  attempts({ attacker, victim, credential }) {
    if (credential.kind !== "nothing" || sharesNetwork(attacker, victim)) return [];
    const targets = containersFor(surroundings, victim)
      .filter(({ addresses }) => !Object.keys(addresses).some((network) => network === networkOf(surroundings, attacker)))
      .flatMap(targetsOf);
    const isOther = ({ host, port }: { host: string; port: number }): Attempt => ({ how: `${host}:${port}`, run: () => surroundings.placeOf(attacker).connect(host, port) });
    return targets.map(isOther);
  },
});

const networkOf = (surroundings: Surroundings, tenant: Tenant): string => Object.keys(serving(surroundings, tenant, "rest").addresses)[0]!;

/** What only administrators of a service use, from the network that it stands in: it listens on the container's own loopback, or nowhere. */
const loopbackDoor = (surroundings: Surroundings): Door => ({
  title: "From the network of the services, the admin ports of Envoy and PostgREST",
  isClosed: true,
  control: (owner) => ({ how: "itself", run: () => surroundings.placeOf(owner).connect(serving(surroundings, owner, "rest").name, 3001) }),
  attempts: ({ attacker, victim, credential }) =>
    credential.kind !== "nothing"
      ? []
      : [
          { service: "rest", port: 3001 },
          { service: "gateway", port: 9901 },
        ].map(({ service, port }) => {
          const { name } = serving(surroundings, victim, service);
          return { how: `${name}:${port}`, run: () => surroundings.placeOf(attacker).connect(name, port) };
        }),
});

interface ServiceDoor {
  title: string;
  service: string;
  port: number;
  request(owner: Tenant): HttpRequest;
  /** Nobody's key opens it: its own one leaves the service's container never. */
  isClosed?: boolean;
  showsNoMarker?: boolean;
}

const forwardedTo = ({ hosts: [host] }: Tenant): Record<string, string> => ({ "x-forwarded-host": host!, host: host! });

const SERVICES: ServiceDoor[] = [
  { title: "rest", service: "rest", port: 3000, request: () => ({ path: "/markers" }) },
  { title: "auth, admin", service: "auth", port: 9999, request: () => ({ path: "/admin/users" }) },
  {
    title: "storage",
    service: "storage",
    port: 5000,
    request: (owner) => ({ path: `/object/authenticated/${BUCKET}/${FILE}`, headers: forwardedTo(owner) }),
  },
  { title: "storage, admin", service: "storage", port: 5001, isClosed: true, request: ({ name }) => ({ path: `/tenants/${name}` }) },
  { title: "storage, admin, change", service: "storage", port: 5001, isClosed: true, request: ({ name }) => ({ method: "DELETE", path: `/tenants/${name}` }) },
  { title: "realtime, admin", service: "realtime", port: 4000, isClosed: true, request: ({ name }) => ({ path: `/api/tenants/${name}` }) },
  { title: "realtime, admin, change", service: "realtime", port: 4000, isClosed: true, request: ({ name }) => ({ method: "DELETE", path: `/api/tenants/${name}` }) },
];

/** Without the gateway before it. Shared projects' services have one network, so there each must tell by itself whose key it is. */
function besideGatewayDoor(surroundings: Surroundings, { title, service, port, request, isClosed, showsNoMarker }: ServiceDoor): Door {
  const ask = (from: Tenant, victim: Tenant, key: string) => {
    const { path, method, headers } = request(victim);
    const keys: Record<string, string> = key === "" ? {} : { apikey: key, authorization: `Bearer ${key}`, "x-api-key": key };
    // An isolated project's storage and Realtime know one tenant, and have no admin port: there is nothing to ask for.
    return surroundings.placeOf(from).send(serving(surroundings, victim, service).name, port, { path, method, headers: { ...headers, ...keys } });
  };
  return {
    title: `From the network of the services, past the gateway: ${title}`,
    isClosed,
    showsNoMarker,
    control: (owner) => ({ how: "its own service_role key", run: () => ask(owner, owner, owner.serviceRoleKey) }),
    attempts({ attacker, victim, credential: { value } }) {
      if (!sharesNetwork(attacker, victim)) return [];
      return [{ how: value === "" ? "no key" : "as apikey, authorization and x-api-key", run: () => ask(attacker, victim, value) }];
    },
  };
}

/** Its own connection leads nowhere, and what says another must be written with a key that only the gateway's texts are made with. */
const metaDoor = (surroundings: Surroundings): Door => ({
  title: "From the network of the services, past the gateway: postgres-meta",
  isClosed: true,
  control: (owner) => ({ how: "itself", run: () => query(surroundings, owner, owner, {}) }),
  attempts({ attacker, victim, credential: { value, login: user } }) {
    if (!sharesNetwork(attacker, victim)) return [];
    const { database } = victim;
    const plain = `postgresql://${user ?? "postgres"}:${value}@postgres:5432/${database}`;
    return [
      { how: "as authorization", run: () => query(surroundings, attacker, victim, { apikey: value, authorization: `Bearer ${value}` }) },
      { how: "in clear", run: () => query(surroundings, attacker, victim, { "x-connection-encrypted": plain }) },
      {
        how: "under upstream's default key",
        run: () => query(surroundings, attacker, victim, { "x-connection-encrypted": encryptConnection(plain, "SAMPLE_KEY", Buffer.alloc(8)) }),
      },
    ];
  },
});

/** postgres-meta answers 500 where it has no connection: its own way to say no (supabase/postgres-meta src/server/routes/query.ts). */
async function query(surroundings: Surroundings, from: Tenant, victim: Tenant, headers: Record<string, string>): Promise<Answer> {
  const body = JSON.stringify({ query: "select body from public.markers" });
  const { name } = serving(surroundings, victim, "meta");
  const answer = await surroundings.placeOf(from).send(name, 8080, { method: "POST", path: "/query", headers, body });
  return NO_WAY.test(answer.text) ? { ...answer, result: "refused", outcome: "no connection" } : answer;
}

const NO_WAY = /failed to get upstream connection details|ECONNREFUSED|failed to process upstream connection details/;

export const networkDoors = (surroundings: Surroundings): Door[] => [
  sqlDoor(surroundings),
  otherNetworkDoor(surroundings),
  loopbackDoor(surroundings),
  ...SERVICES.map((door) => besideGatewayDoor(surroundings, door)),
  metaDoor(surroundings),
];
