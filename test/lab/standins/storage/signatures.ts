import type { Context } from "./context.ts";
import { errors, StorageError } from "./errors.ts";
import { signToken, verifyToken } from "./tokens.ts";

export type SignatureScope = "download" | "upload";
export type Signature = { url: string; exp: number; owner?: string; upsert?: boolean; transformations?: string };

/** Claims come first: no caller's word can take the place of the path or of what the token is for. */
export function sign({ app, tenant }: Context, claims: Record<string, unknown>, url: string, scope: SignatureScope, expiresIn: number): Promise<string> {
  return signToken({ ...claims, url, scope }, tenant.urlSigningKey, expiresIn, app.config.jwt.algorithm);
}

/** A token without a scope is from before there was one; then it is an upload's when it has `upsert`. */
const isFor = (scope: SignatureScope, claims: Record<string, unknown>): boolean =>
  claims.scope === undefined ? "upsert" in claims === (scope === "upload") : claims.scope === scope;

/** @param url bucket and name that the token must have been made for */
export async function verifySignature({ app, tenant }: Context, token: string, url: string, scope: SignatureScope): Promise<Signature> {
  const claims = await verifyToken(token, tenant, app.config.jwt.algorithm).catch((error: Error) => {
    throw error instanceof StorageError ? errors.invalidJwt(error.message) : error;
  });
  if (!isFor(scope, claims)) throw errors.invalidSignature(`Token is not scoped for ${scope}`);
  if (claims.url !== url) throw errors.invalidSignature();
  if (claims.exp === undefined || claims.exp * 1000 < Date.now()) throw errors.expiredToken();
  return claims as unknown as Signature;
}
