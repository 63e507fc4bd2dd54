// Locks on roles, and memberships lent to the connected role: terraform-provider-postgresql ff936b9
// postgresql/helpers.go pgLockRole, grantRoleMembership, withRolesGranted.
import { identifier } from "./quote.ts";
import { run } from "./server.ts";
import type { Client } from "./server.ts";

/** Holds off every other operation on the role, of any process, until the transaction ends. */
export async function lockRole(client: Client, role: string): Promise<void> {
  await run(client, "could not disable statement_timeout", "SET statement_timeout = 0");
  await run(
    client,
    `could not get advisory lock for role ${role}`,
    "SELECT pg_advisory_xact_lock(oid::bigint) FROM pg_roles WHERE rolname = $1",
    [role],
  );
  await run(
    client,
    `could not get advisory lock for members of role ${role}`,
    "SELECT pg_advisory_xact_lock(member::bigint) FROM pg_auth_members JOIN pg_roles ON roleid = pg_roles.oid WHERE rolname = $1",
    [role],
  );
}

async function isMember(client: Client, role: string, member: string): Promise<boolean> {
  const [column] = await run(
    client,
    "could not read setOption column",
    "SELECT 1 FROM information_schema.columns WHERE table_name = 'pg_auth_members' AND column_name = 'set_option'",
  );
  const rows = await run(
    client,
    "could not read role membership",
    `SELECT 1 FROM pg_auth_members WHERE pg_get_userbyid(roleid) = $1 AND pg_get_userbyid(member) = $2${column ? " AND set_option" : ""}`,
    [role, member],
  );
  return rows.length > 0;
}

/** Makes `member` a member of `role`; false where it was one or is the same. */
export async function grantMembership(client: Client, role: string, member: string): Promise<boolean> {
  if (role === member || (await isMember(client, role, member))) return false;
  await run(client, `error granting role ${role} to ${member}`, `GRANT ${identifier(role)} TO ${identifier(member)}`);
  return true;
}

/** Ends a membership; false where there was none. */
export async function revokeMembership(client: Client, role: string, member: string): Promise<boolean> {
  if (role === member || !(await isMember(client, role, member))) return false;
  await run(client, `error revoking role ${role} from ${member}`, `REVOKE ${identifier(role)} FROM ${identifier(member)}`);
  return true;
}

async function isSuperuser(client: Client, role: string): Promise<boolean> {
  const [row] = await run(client, `could not check if role ${role} is superuser`, "SELECT rolsuper FROM pg_roles WHERE rolname = $1", [role]);
  return row?.rolsuper === true;
}

/** Runs `work` while the connected role is a member of `role`, as a superuser needs not be. */
export async function withRoleGranted(client: Client, role: string, work: () => Promise<void>): Promise<void> {
  const [{ me }] = await run(client, "error while looking for the current user", "SELECT CURRENT_USER AS me");
  if ((await isSuperuser(client, me)) || (await isSuperuser(client, role))) return work();
  // A role can not be a member of its own member: the opposite membership is lifted meanwhile.
  const lifted = await revokeMembership(client, me, role);
  const lent = await grantMembership(client, role, me);
  await work();
  if (lent) await revokeMembership(client, role, me);
  const [exists] = await run(client, "could not check if role exists", "SELECT 1 FROM pg_roles WHERE rolname = $1", [role]);
  if (lifted && exists) await grantMembership(client, me, role);
}
