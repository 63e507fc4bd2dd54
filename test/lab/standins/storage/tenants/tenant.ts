import type { Jwk } from "../jwk.ts";

/** One tenant as a request meets it. */
export type Tenant = {
  readonly id: string;
  readonly databaseUrl: string;
  readonly maxConnections?: number;
  readonly jwtSecret: string;
  readonly jwks: readonly Jwk[];
  /** What signs URLs: the tenant's own key where it has one, else its secret. */
  readonly urlSigningKey: string | Jwk;
  readonly serviceKey: string;
  /** bytes */
  readonly fileSizeLimit: number;
  readonly deleteObjectsLimit: number | undefined;
  readonly imageTransformation: { readonly isEnabled: boolean; readonly maxResolution?: number };
};

/** Where requests find their tenant; with one tenant it is always the same. */
export interface Tenants {
  /** @throws StorageError TenantNotFound */
  find(id: string): Promise<Tenant>;
  /** Brings its database up to date where that is not known to be so. @throws StorageError TenantNotFound */
  ready(id: string): Promise<Tenant>;
}
