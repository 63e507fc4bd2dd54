/** A key as RFC 7517 writes it. */
export type Jwk = { kty: string; kid?: string; alg?: string; crv?: string; k?: string } & Record<string, unknown>;

export function isJwks(value: unknown): value is { keys: Jwk[] } {
  return typeof value === "object" && value !== null && Array.isArray((value as { keys?: unknown }).keys);
}
