// Ways in through the edge: a request that opens a service to its owner, tried by others at each address of the owner's and at the common
// host, in each place where a credential can stand.
import type { Attack, Attempt, Credential, Door } from "../door.ts";
import { type HttpRequest, send } from "../http.ts";
import type { Tenant } from "../tenant.ts";

const COMMON_HOST = "api.localhost";

export interface GatewayDoor extends Pick<Door, "title" | "showsNoMarker" | "isClosed"> {
  /** The request, but for the key. `sender` is whose name stands in what is written; `value` the credential, where it stands inside. */
  request(owner: Tenant, sender: Tenant, value: string): HttpRequest;
  /** What the owner sends with it. @default the secret key, as `apikey` */
  control?(owner: Tenant): Record<string, string>;
  /** The credential stands in the request itself, not in a header; this is the owner's. */
  inside?(owner: Tenant): string;
  /** Each key of the project opens it, also the public one: then that one is not tried beside another's. @default false */
  opensToAnyKey?: boolean;
  /** What is tried; each try costs the service much. @default everything */
  kinds?: Credential["kind"][];
  /** The public key is let in, and sees nothing. @default false */
  showsAnonNothing?: boolean;
}

export const gatewayDoor = (port: number, door: GatewayDoor): Door => ({
  ...door,
  control: (owner) => ({
    how: "its own key",
    run: () => ask(port, owner.hosts[0]!, door.request(owner, owner, door.inside?.(owner) ?? ""), door.control?.(owner) ?? { apikey: owner.secretKey }),
  }),
  attempts: (attack) =>
    places(door, attack).map(({ host, how, headers, query, ...more }) => ({
      ...more,
      how: `${host}, ${how}`,
      run: () => ask(port, host, withQuery(door.request(attack.victim, attack.attacker, attack.credential.value), query), headers),
    })),
});

const ask = (port: number, host: string, request: HttpRequest, headers: Record<string, string>) =>
  send(port, host, { ...request, headers: { ...request.headers, ...headers } });

const withQuery = (request: HttpRequest, query?: string): HttpRequest =>
  query === undefined ? request : { ...request, path: `${request.path}${request.path.includes("?") ? "&" : "?"}${query}` };

interface Place extends Omit<Attempt, "run"> {
  host: string;
  headers: Record<string, string>;
  query?: string;
}

/** Where the credential can stand, and what can stand beside it: the victim's anon key is in each of its pages. */
function places(door: GatewayDoor, { attacker, victim, credential: { kind, value, login } }: Attack): Place[] {
  // To a gateway the five passwords are alike: random text.
  if ((login !== undefined && login !== attacker.roles.owner) || door.kinds?.includes(kind) === false) return [];
  const [own, ...domains] = victim.hosts as [string, ...string[]];
  if (door.inside !== undefined) return [own, COMMON_HOST].map((host) => ({ host, how: "in the request, with the victim's anon key", headers: { apikey: victim.anonKey } }));
  if (kind === "nothing") return withoutCredential(door, victim);
  const both = { apikey: value, authorization: `Bearer ${value}` };
  const asKey = (host: string): Place => ({ host, how: "as apikey and authorization", headers: both });
  const asUser = (host: string): Place[] => (door.opensToAnyKey ? [] : [besideAnon(door, victim, host, value)]);
  const few = [asKey(own), ...asUser(own)];
  if (kind === "logins" || kind === "studio") return few;
  const some = [...few, ...asUser(COMMON_HOST), { host: own, how: "as ?apikey=", headers: {}, query: `apikey=${encodeURIComponent(value)}` }];
  if (kind !== "keys" && kind !== "userTokens") return some;
  return [...some, ...domains.flatMap((host) => [asKey(host), ...asUser(host)]), ...disguised(door, victim, both)];
}

/** As a signed-in user of the victim's would come. A new key is no token: there the anon key itself says who asks. */
const besideAnon = ({ showsAnonNothing }: GatewayDoor, { anonKey }: Tenant, host: string, value: string): Place => ({
  host,
  how: "as authorization, with the victim's anon key",
  headers: { apikey: anonKey, authorization: `Bearer ${value}` },
  mayBeEmpty: showsAnonNothing && value.startsWith("sb_"),
});

function disguised(door: GatewayDoor, victim: Tenant, both: Record<string, string>): Place[] {
  const [own] = victim.hosts as [string];
  const asUser = besideAnon(door, victim, own, both.apikey!);
  const mask = disguise(victim);
  return [
    { host: own, how: "as apikey, the victim's anon key as authorization", headers: { ...both, authorization: `Bearer ${victim.anonKey}` }, mayBeEmpty: door.showsAnonNothing },
    { host: own, how: "as apikey and authorization, disguised", headers: { ...mask, ...both } },
    ...(door.opensToAnyKey ? [] : [{ ...asUser, how: `${asUser.how}, disguised`, headers: { ...mask, ...asUser.headers } }]),
    // There the key says which project is meant: it leads to the attacker's own.
    { host: COMMON_HOST, how: "as apikey and authorization, disguised", headers: { ...mask, ...both }, mayBeOwn: true },
  ];
}

function withoutCredential(door: GatewayDoor, victim: Tenant): Place[] {
  const mask = disguise(victim);
  const none = [...victim.hosts, COMMON_HOST].map((host) => ({ host, how: "no key, disguised", headers: mask }));
  if (door.opensToAnyKey) return none;
  const [own] = victim.hosts as [string];
  // Everyone has it, and what this door leads to is not for everyone.
  return [...none, { host: own, how: "the victim's anon key, disguised", headers: { ...mask, apikey: victim.anonKey }, mayBeEmpty: door.showsAnonNothing }];
}

/** What only a proxy or the gateway writes; from a client it must say nothing. */
export const disguise = ({ name, hosts: [host] }: Tenant): Record<string, string> => ({
  "x-forwarded-host": host!,
  "x-forwarded-prefix": `/storage/v1/../${name}`,
  "x-forwarded-path": "/rest/v1/",
  "x-forwarded-proto": "https",
  "x-original-host": host!,
  "x-original-url": "/rest/v1/markers",
  "x-rewrite-url": "/rest/v1/markers",
  "x-envoy-original-path": "/rest/v1/markers",
  forwarded: `host=${host}`,
  "x-indie-key": `${name} service_role`,
  "x-connection-encrypted": "U2FsdGVkX18=",
  "x-tenant-id": name,
  "x-http-method-override": "GET",
});
