import type { Config } from "../config.ts";
import { signToken } from "../tokens.ts";
import type { Tenant, Tenants } from "./tenant.ts";

const TEN_YEARS = 10 * 365 * 86_400;

/** The one tenant that the variables describe. */
export async function singleTenant(config: Config): Promise<Tenants> {
  const { jwt, database, upload, image } = config;
  const serviceKey = jwt.serviceKey || (await signToken({ role: jwt.serviceRole }, jwt.secret, TEN_YEARS, "HS256"));
  const tenant: Tenant = {
    id: config.tenantId,
    databaseUrl: database.poolUrl ?? database.url,
    jwtSecret: jwt.secret,
    jwks: jwt.jwks,
    urlSigningKey: jwt.secret,
    serviceKey,
    fileSizeLimit: upload.fileSizeLimit,
    deleteObjectsLimit: undefined,
    imageTransformation: { isEnabled: image.isEnabled },
  };
  return { find: async () => tenant, ready: async () => tenant };
}
