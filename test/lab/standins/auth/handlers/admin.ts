import bcrypt from "bcryptjs";
import { randomUUID } from "node:crypto";
import { jsonBody } from "../body.ts";
import { transaction, type Db } from "../db.ts";
import { parseDuration } from "../duration.ts";
import { badRequest, internal, lacksPhone, orInternal, unprocessable } from "../errors.ts";
import { isUuid, requestAudience } from "../guards.ts";
import type { Context, Handler } from "../http.ts";
import { audit, userTraits } from "../model/audit.ts";
import { createIdentity, emailIdentityData, findIdentity, updateIdentityData } from "../model/identities.ts";
import * as users from "../model/users.ts";
import type { User } from "../model/users.ts";
import { checkPasswordStrength, randomPassword, validateEmail } from "../validate.ts";
import { paginate, paginationHeaders } from "./pagination.ts";
import { hashPassword } from "./signup.ts";
import { EMAIL_TAKEN } from "./user.ts";

const fields = {
  id: "string", aud: "string", role: "string", email: "string", phone: "string", password: "string", password_hash: "string",
  email_confirm: "boolean", phone_confirm: "boolean", user_metadata: "object", app_metadata: "object", ban_duration: "string",
} as const;
type Params = ReturnType<typeof jsonBody<typeof fields>>;

/** undefined: not asked for; null: lifts the ban. */
function bannedUntil({ ban_duration: text }: Params): Date | null | undefined {
  if (!text) return undefined;
  if (text === "none") return null;
  const parsed = parseDuration(text);
  if ("error" in parsed) throw badRequest("validation_failed", `invalid format for ban duration: ${parsed.error}`);
  return parsed.ms === 0 ? null : new Date(Date.now() + parsed.ms);
}

export const listUsers: Handler = async (context) => {
  const aud = requestAudience(context);
  const query = context.url.searchParams;
  const page = paginate(query);
  const filter = query.get("filter") ?? "";
  const [name = "created_at", direction = "desc"] = (query.get("sort") ?? "created_at desc").split(" ");
  if (name !== "created_at") throw badRequest("validation_failed", `Bad Sort Parameters: bad field for sort '${name}'`);
  if (!/^(asc|desc)$/i.test(direction)) {
    throw badRequest("validation_failed", `Bad Sort Parameters: bad direction for sort '${direction}', only 'asc' and 'desc' allowed`);
  }
  const where = `instance_id = $1 and aud = $2 and ($3 = '' or email like $4 or raw_user_meta_data->>'full_name' ilike $4)`;
  const values = [users.INSTANCE, aud, filter, `%${filter}%`];
  const { pool } = context.app;
  const [list, count] = await orInternal("Database error finding users", async () => {
    const counted = await pool.query(`select count(*)::int as total from users where ${where}`, values);
    const limits = `order by created_at ${direction} limit ${page.perPage} offset ${(page.page - 1) * page.perPage}`;
    const { rows } = await pool.query(`select * from users where ${where} ${limits}`, values);
    return [rows.map((row) => users.readUser(row, null)), counted.rows[0].total as number] as const;
  });
  return { status: 200, json: { users: list.map(users.userJson), aud }, headers: paginationHeaders(context.url, page, count) };
};

export const getOne: Handler = async ({ user }) => ({ status: 200, json: users.userJson(user!) });

export const create: Handler = async (context) => {
  const { app } = context;
  const params = jsonBody(context, fields);
  const aud = params.aud || requestAudience(context);
  if (!params.email && !params.phone) throw badRequest("validation_failed", "Cannot create a user without either an email or phone");
  if (params.phone) throw lacksPhone();
  const email = validateEmail(params.email);
  const taken = await orInternal("Database error checking email", () => users.findDuplicateEmail(app.pool, email, aud));
  if (taken) throw unprocessable("email_exists", EMAIL_TAKEN);
  const draft = {
    id: readId(params), aud, email, encrypted_password: await readHash(context, params),
    raw_user_meta_data: params.user_metadata ?? {},
    raw_app_meta_data: { provider: "email", providers: ["email"] },
  };
  const banned = bannedUntil(params);
  const user = await orInternal("Database error creating new user", () =>
    transaction(app.pool, async (tx) => {
      const created = await users.createUser(tx, draft);
      created.identities = [await createIdentity(tx, created, "email", emailIdentityData(created, email))];
      await audit(app, tx, context.admin!, "user_signedup", { ...userTraits(created), provider: "email" });
      await users.updateUser(tx, created, { role: (params.role || app.config.jwt.defaultGroupName).trim() });
      if (params.app_metadata) await users.updateAppMetaData(tx, created, params.app_metadata);
      if (params.email_confirm) await users.confirmUser(tx, created);
      if (banned !== undefined) await users.updateUser(tx, created, { banned_until: banned });
      return created;
    }),
  );
  return { status: 200, json: users.userJson(user) };
};

function readId({ id }: Params): string {
  if (!id) return randomUUID();
  if (!isUuid(id)) throw badRequest("validation_failed", "ID must conform to the uuid v4 format");
  if (id === users.INSTANCE) throw badRequest("validation_failed", "ID cannot be a nil uuid");
  return id;
}

async function readHash({ app }: Context, { password, password_hash: hash }: Params): Promise<string> {
  if (password !== undefined && hash) throw badRequest("validation_failed", "Only a password or a password hash should be provided");
  if (hash) {
    if (!/^\$2[abxy]?\$\d\d\$.{53}$/.test(hash) || bcrypt.getRounds(hash) < 4) throw internal("Error creating user");
    return hash;
  }
  const text = password || randomPassword(app.config);
  if (Buffer.byteLength(text) > 72) throw badRequest("validation_failed", "bcrypt: password length exceeds 72 bytes");
  return hashPassword(text);
}

export const change: Handler = async (context) => {
  const { app } = context;
  const user = context.user!;
  const params = jsonBody(context, fields);
  if (params.email) params.email = validateEmail(params.email);
  if (params.phone || params.phone_confirm) throw lacksPhone();
  const banned = bannedUntil(params);
  if (params.password !== undefined) {
    checkPasswordStrength(app.config, params.password);
    user.encrypted_password = params.password === "" ? null : await hashPassword(params.password);
  }
  try {
    await transaction(app.pool, (tx) => applyChanges(context, tx, user, params, banned));
  } catch (error) {
    // Upstream wraps whatever failed, its own answers too.
    throw internal("Error updating user", error);
  }
  return { status: 200, json: users.userJson(user) };
};

async function applyChanges(context: Context, tx: Db, user: User, params: Params, banned: Date | null | undefined): Promise<void> {
  if (params.role) await users.updateUser(tx, user, { role: params.role.trim() });
  if (params.email_confirm) await users.confirmUser(tx, user);
  if (params.password !== undefined) await users.updatePassword(tx, user, undefined);
  if (params.email) await setEmail(tx, user, params.email, params.email_confirm ?? false);
  if (params.app_metadata) await users.updateAppMetaData(tx, user, params.app_metadata);
  if (params.user_metadata) await users.updateUserMetaData(tx, user, params.user_metadata);
  if (banned !== undefined) await users.updateUser(tx, user, { banned_until: banned });
  await audit(context.app, tx, context.admin!, "user_modified", userTraits(user));
}

async function setEmail(tx: Db, user: User, email: string, confirmed: boolean): Promise<void> {
  const identity = await findIdentity(tx, user.id, "email");
  if (identity) await updateIdentityData(tx, identity, { email, email_verified: confirmed });
  else user.identities = [...(user.identities ?? []), await createIdentity(tx, user, "email", emailIdentityData(user, email, confirmed))];
  if (user.is_anonymous && confirmed) await users.updateUser(tx, user, { is_anonymous: false });
  await users.updateUser(tx, user, { email });
}

export const remove: Handler = async (context) => {
  const { app } = context;
  const user = context.user!;
  const soft = context.body.trim() !== "" && jsonBody(context, { should_soft_delete: "boolean" }).should_soft_delete === true;
  await transaction(app.pool, async (tx) => {
    await orInternal("Error recording audit log entry", () => audit(app, tx, context.admin!, "user_deleted", userTraits(user)));
    if (!soft) await orInternal("Database error deleting user", () => tx.query("delete from users where id = $1", [user.id]));
    else if (user.deleted_at === null) await orInternal("Error soft deleting user", () => users.softDeleteUser(tx, user));
  });
  return { status: 200, json: {} };
};

const auditColumns: Record<string, string[]> = { author: ["actor_username", "actor_name"], action: ["action"], type: ["log_type"] };

export const auditLog: Handler = async ({ app, url }) => {
  const page = paginate(url.searchParams);
  const query = url.searchParams.get("query") ?? "";
  const [scope = "", ...rest] = query.split(":");
  const columns = auditColumns[scope];
  if (query !== "" && (!columns || rest.length === 0)) throw badRequest("validation_failed", `Invalid query scope: ${query}`);
  const wanted = columns && rest.join(":") !== "" ? columns.map((column) => `payload->>'${column}' ilike $2`).join(" or ") : "true or $2 = ''";
  const where = `instance_id = $1 and (${wanted})`;
  const values = [users.INSTANCE, `%${rest.join(":")}%`];
  return orInternal("Error searching for audit logs", async () => {
    const counted = await app.pool.query(`select count(*)::int as total from audit_log_entries where ${where}`, values);
    const { rows } = await app.pool.query(
      `select id, payload, created_at, ip_address from audit_log_entries where ${where} order by created_at desc limit ${page.perPage} offset ${(page.page - 1) * page.perPage}`,
      values,
    );
    return { status: 200, json: rows, headers: paginationHeaders(url, page, counted.rows[0].total) };
  });
};
