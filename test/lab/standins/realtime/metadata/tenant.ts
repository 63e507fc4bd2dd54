// One tenant and the rules for its fields: upstream's lib/realtime/api/tenant.ex, api/extensions.ex,
// extensions/postgres_cdc_rls/db_settings.ex (v2.129.8). Names are the database's.
import { encrypt, type EncryptionKeys } from "../crypto.ts";
import type { Jwks } from "../jwt.ts";

export type Settings = Record<string, unknown>;
export type Extension = { type: string; settings: Settings; inserted_at: string; updated_at: string };

export type Tenant = {
  id: string;
  name: string | null;
  external_id: string;
  /** encrypted */
  jwt_secret: string | null;
  jwt_jwks: Jwks;
  max_concurrent_users: number;
  max_events_per_second: number;
  max_bytes_per_second: number;
  max_channels_per_client: number;
  max_joins_per_second: number;
  max_presence_events_per_second: number;
  max_payload_size_in_kb: number;
  suspend: boolean;
  private_only: boolean;
  migrations_ran: number;
  max_client_presence_events_per_window: number | null;
  client_presence_window_ms: number | null;
  presence_enabled: boolean;
  inserted_at: string;
  extensions: Extension[];
};

/** As Ecto's changeset names them: a list for a field, a list of objects for extensions. */
export type Errors = Record<string, unknown[]>;
export class ChangesetError extends Error {
  readonly errors: Errors;
  constructor(errors: Errors) {
    super(`UnprocessableEntity: ${JSON.stringify(errors)}`);
    this.errors = errors;
  }
}

type Kind = "string" | "integer" | "boolean" | "map";
const FIELDS: Record<string, Kind> = {
  name: "string", external_id: "string", jwt_secret: "string", jwt_jwks: "map", postgres_cdc_default: "string",
  max_concurrent_users: "integer", max_events_per_second: "integer", max_bytes_per_second: "integer",
  max_channels_per_client: "integer", max_joins_per_second: "integer", max_presence_events_per_second: "integer",
  max_payload_size_in_kb: "integer", suspend: "boolean", private_only: "boolean", migrations_ran: "integer",
  max_client_presence_events_per_window: "integer", client_presence_window_ms: "integer", presence_enabled: "boolean", feature_flags: "map",
};

/** A value as Ecto casts it; undefined when it can not be. */
function cast(kind: Kind, value: unknown): unknown {
  if (value === null) return null;
  if (kind === "string") return typeof value === "string" ? (value === "" ? null : value) : undefined;
  if (kind === "map") return typeof value === "object" && !Array.isArray(value) ? value : undefined;
  if (kind === "integer") {
    if (Number.isInteger(value)) return value;
    return typeof value === "string" && /^[+-]?\d+$/.test(value) ? Number(value) : undefined;
  }
  if (value === true || value === "true" || value === "1") return true;
  if (value === false || value === "false" || value === "0") return false;
  return undefined;
}

const REQUIRED_SETTINGS: readonly (readonly [name: string, isEncrypted: boolean])[] = [
  ["region", false], ["db_host", true], ["db_port", true], ["db_name", true], ["db_user", true], ["db_password", true],
];
const DEFAULT_SETTINGS: Settings = {
  poll_interval_ms: 100,
  poll_max_changes: 100,
  poll_max_record_bytes: 1_048_576,
  publication: "supabase_realtime",
  slot_name: "supabase_realtime_replication_slot",
};

export type Changes = { fields: Record<string, unknown>; extensions: { type: string; settings: Settings }[] | undefined };

/** What a caller's parameters change, with secrets encrypted. @throws ChangesetError with upstream's messages */
export function changeset(keys: EncryptionKeys, params: Record<string, unknown>, existing: Tenant | undefined): Changes {
  const errors: Errors = {};
  const fields: Record<string, unknown> = {};
  for (const [name, kind] of Object.entries(FIELDS)) {
    if (!(name in params)) continue;
    const value = cast(kind, params[name]);
    if (value === undefined) errors[name] = ["is invalid"];
    else fields[name] = value;
  }
  if ((fields["external_id"] ?? existing?.external_id ?? null) === null && errors["external_id"] === undefined) errors["external_id"] = ["can't be blank"];
  const extensions = castExtensions(keys, params["extensions"], errors);
  if (Object.keys(errors).length > 0) throw new ChangesetError(errors);
  if (typeof fields["jwt_secret"] === "string") fields["jwt_secret"] = encrypt(keys, fields["jwt_secret"]);
  return { fields, extensions };
}

function castExtensions(keys: EncryptionKeys, given: unknown, errors: Errors): Changes["extensions"] {
  if (given === undefined || given === null) return undefined;
  if (!Array.isArray(given)) {
    errors["extensions"] = ["is invalid"];
    return undefined;
  }
  const cast = given.map((extension) => castExtension(keys, extension as Record<string, unknown>));
  if (cast.some(({ problems }) => Object.keys(problems).length > 0)) errors["extensions"] = cast.map(({ problems }) => problems);
  return cast.map(({ extension }) => extension);
}

function castExtension(keys: EncryptionKeys, given: Record<string, unknown>) {
  const type = given["type"] === "postgres" ? "postgres_cdc_rls" : given["type"];
  if (typeof type !== "string") return { problems: { type: ["can't be blank"] } as Errors, extension: { type: "", settings: {} } };
  const settings: Settings = { ...DEFAULT_SETTINGS, ...(given["settings"] as Settings) };
  const complaints: string[] = [];
  for (const [name, isEncrypted] of REQUIRED_SETTINGS) {
    const value = settings[name] ?? null;
    if (value === null) complaints.unshift(`${name} can't be blank`);
    else if (typeof value !== "string") complaints.unshift(`${name} is invalid`);
    else if (isEncrypted) settings[name] = encrypt(keys, value);
  }
  return { problems: complaints.length === 0 ? {} : ({ settings: complaints } as Errors), extension: { type, settings } };
}

/** `postgres_changes_pool` is the public name of the setting (tenant_controller.ex). */
export function translatePool(params: Record<string, unknown>): Record<string, unknown> {
  if (!Array.isArray(params["extensions"])) return params;
  const extensions = params["extensions"].map((extension: { settings?: Settings }) => {
    if (extension.settings?.["postgres_changes_pool"] === undefined) return extension;
    const { postgres_changes_pool: pool, ...settings } = extension.settings;
    return { ...extension, settings: { ...settings, subcriber_pool_size: pool } };
  });
  return { ...params, extensions };
}

/** tenant_view.ex: settings without the password; the other encrypted ones stay as they are stored. */
export function viewOf(tenant: Tenant): Record<string, unknown> {
  const { id, external_id, name, max_concurrent_users, max_channels_per_client, max_events_per_second, max_joins_per_second, inserted_at } = tenant;
  const { private_only, max_client_presence_events_per_window, client_presence_window_ms, presence_enabled } = tenant;
  const extensions = tenant.extensions.map(({ settings, ...rest }) => {
    const { db_password: _, ...shown } = settings;
    return { ...rest, settings: shown };
  });
  return {
    id, external_id, name, max_concurrent_users, max_channels_per_client, max_events_per_second, max_joins_per_second, inserted_at, extensions,
    private_only, max_client_presence_events_per_window, client_presence_window_ms, presence_enabled,
  };
}

export const cdcSettings = (tenant: Tenant): Settings => tenant.extensions.find(({ type }) => type === "postgres_cdc_rls")?.settings ?? {};
