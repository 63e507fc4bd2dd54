import { transaction } from "../db.ts";
import { badRequest, orInternal } from "../errors.ts";
import type { Handler } from "../http.ts";
import { audit } from "../model/audit.ts";

const conditions: Record<string, string> = { global: "user_id = $1", local: "user_id = $1 and id = $2", others: "user_id = $1 and id <> $2" };

/** Ends sessions: every one (global, also when the token names none), this one (local), or all but this one (others). */
export const logout: Handler = async ({ app, url, user, session }) => {
  const scope = url.searchParams.get("scope") || "global";
  if (!(scope in conditions)) throw badRequest("validation_failed", `Unsupported logout scope ${JSON.stringify(scope)}`);
  await orInternal("Error logging out user", () =>
    transaction(app.pool, async (tx) => {
      await audit(app, tx, user!, "logout");
      const bySession = session !== undefined && scope !== "global";
      const condition = bySession ? conditions[scope] : conditions.global;
      await tx.query(`delete from sessions where ${condition}`, bySession ? [user!.id, session.id] : [user!.id]);
    }),
  );
  return { status: 204 };
};
