import { createHash, randomUUID, timingSafeEqual } from "node:crypto";
import { badRequest } from "../errors.ts";
import { insert, type Db } from "../db.ts";

/** A row of auth.flow_state: one PKCE sign-in on its way from the request to the exchange of its code. */
export type FlowState = {
  id: string;
  user_id: string | null;
  auth_code: string | null;
  authentication_method: string;
  code_challenge: string | null;
  code_challenge_method: "s256" | "plain" | null;
  provider_type: string;
  auth_code_issued_at: Date | null;
  created_at: Date;
};

export type Pkce = { code_challenge?: string; code_challenge_method?: string };

/** @throws HttpError 400 validation_failed; upstream: internal/api/pkce.go */
export function validatePkce({ code_challenge: challenge = "", code_challenge_method: method = "" }: Pkce): void {
  if ((challenge === "") !== (method === "")) {
    throw badRequest("validation_failed", "PKCE flow requires code_challenge_method and code_challenge");
  }
  if (challenge === "") return;
  if (challenge.length < 43 || challenge.length > 128) {
    throw badRequest("validation_failed", "code challenge has to be between 43 and 128 characters");
  }
  if (!/^[a-zA-Z._~0-9-]+$/.test(challenge)) {
    const allowed = "alphanumeric characters, hyphens, periods, underscores and tildes";
    throw badRequest("validation_failed", `code challenge can only contain ${allowed}`);
  }
}

export async function createFlowState(db: Db, provider: string, method: string, pkce: Pkce, userId?: string, referrer?: string): Promise<FlowState> {
  const challenge = pkce.code_challenge
    ? { auth_code: randomUUID(), code_challenge: pkce.code_challenge, code_challenge_method: readMethod(pkce.code_challenge_method ?? "") }
    : {};
  const now = new Date();
  return insert(db, "flow_state", {
    id: randomUUID(), user_id: userId ?? null, provider_type: provider, authentication_method: method, ...challenge,
    provider_access_token: "", provider_refresh_token: "", referrer: referrer ?? null, created_at: now, updated_at: now,
  });
}

function readMethod(method: string): string {
  const lower = method.toLowerCase();
  if (lower !== "s256" && lower !== "plain") throw new Error(`unsupported code_challenge method ${JSON.stringify(method)}`);
  return lower;
}

export async function findFlowStateByCode(db: Db, code: string): Promise<FlowState | undefined> {
  const { rows } = await db.query("select * from flow_state where auth_code = $1", [code]);
  return rows[0];
}

/** The newest one of a user, for the code of a link that was opened. */
export async function findFlowStateOfUser(db: Db, userId: string, method: string): Promise<FlowState | undefined> {
  const query = "select * from flow_state where user_id = $1 and authentication_method = $2 order by created_at desc limit 1";
  const { rows } = await db.query(query, [userId, method]);
  return rows[0];
}

export function verifierFits(flow: FlowState, verifier: string): boolean {
  const given = flow.code_challenge_method === "s256" ? createHash("sha256").update(verifier).digest("base64url") : verifier;
  const [a, b] = [Buffer.from(given), Buffer.from(flow.code_challenge ?? "")];
  return a.length === b.length && timingSafeEqual(a, b);
}
