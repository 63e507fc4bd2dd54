import { lacks } from "./errors.ts";
import * as guards from "./guards.ts";
import type { Guard } from "./guards.ts";
import * as admin from "./handlers/admin.ts";
import { authorize } from "./handlers/authorize.ts";
import { generateLink, invite } from "./handlers/generateLink.ts";
import * as info from "./handlers/info.ts";
import * as links from "./handlers/links.ts";
import { logout } from "./handlers/logout.ts";
import { signup } from "./handlers/signup.ts";
import { token } from "./handlers/token.ts";
import { getUser, putUser } from "./handlers/user.ts";
import { verifyGet, verifyPost } from "./handlers/verify.ts";
import type { Handler, Match } from "./http.ts";

const { requireAdmin, requireAuthentication, requireNotAnonymous, loadUser, requireFeature } = guards;

type Route = { method: string; path: RegExp; prefix: boolean; guards: readonly Guard[]; handler: Handler };

/** A path ends at its end, with or without a slash; "/*" takes everything below it. */
function route(method: string, path: string, handler: Handler, ...before: Guard[]): Route {
  const prefix = path.endsWith("/*");
  const source = path.replace(/\/\*$/, "").replace(/[.]/g, "\\$&").replace(/\{(\w+)\}/g, "(?<$1>[^/]+)");
  return { method, path: new RegExp(`^${source}${prefix ? "(?:/.*)?" : "/?"}$`), prefix, guards: before, handler };
}

const missing: (path: string) => Handler = (path) => async () => {
  throw lacks(path);
};

/** One of upstream's routes (v2.196.0, internal/api/api.go) that ends in 501, behind the guards that upstream puts before it. */
function lacking(methods: string, path: string, ...before: Guard[]): Route[] {
  return methods.split(" ").map((method) => route(method, path, missing(`${method} ${path}`), ...before));
}

const factor = "/admin/users/{user_id}/factors";
const routes: readonly Route[] = [
  route("GET", "/health", info.health),
  route("GET", "/settings", info.settings),
  route("GET", "/.well-known/jwks.json", info.jwks),
  route("POST", "/signup", signup),
  route("POST", "/token", token),
  route("POST", "/recover", links.recover, guards.requireEmailProvider),
  route("POST", "/resend", links.resend),
  route("POST", "/magiclink", links.magicLink),
  route("POST", "/otp", links.otp),
  route("GET", "/verify", verifyGet),
  route("POST", "/verify", verifyPost),
  route("GET", "/authorize", authorize),
  route("POST", "/logout", logout, requireAuthentication),
  route("GET", "/reauthenticate", links.reauthenticate, requireAuthentication),
  route("GET", "/user", getUser, requireAuthentication),
  route("PUT", "/user", putUser, requireAuthentication),
  route("POST", "/invite", invite, requireAdmin),
  route("GET", "/admin/audit", admin.auditLog, requireAdmin),
  route("GET", "/admin/users", admin.listUsers, requireAdmin),
  route("POST", "/admin/users", admin.create, requireAdmin),
  route("GET", "/admin/users/{user_id}", admin.getOne, requireAdmin, loadUser),
  route("PUT", "/admin/users/{user_id}", admin.change, requireAdmin, loadUser),
  route("DELETE", "/admin/users/{user_id}", admin.remove, requireAdmin, loadUser),
  route("POST", "/admin/generate_link", generateLink, requireAdmin),
  ...lacking("GET POST", "/callback"),
  ...lacking("GET", "/.well-known/openid-configuration"),
  ...lacking("GET", "/.well-known/oauth-authorization-server", requireFeature("oauthServer")),
  ...lacking("GET", "/user/identities/authorize", requireAuthentication, requireFeature("manualLinking")),
  ...lacking("DELETE", "/user/identities/{identity_id}", requireAuthentication, requireFeature("manualLinking")),
  ...lacking("GET DELETE", "/user/oauth/grants", requireAuthentication, requireFeature("oauthServer")),
  ...lacking("POST", "/factors", requireAuthentication, requireNotAnonymous),
  ...lacking("DELETE", "/factors/{factor_id}", requireAuthentication, requireNotAnonymous),
  ...lacking("POST", "/factors/{factor_id}/verify", requireAuthentication, requireNotAnonymous),
  ...lacking("POST", "/factors/{factor_id}/challenge", requireAuthentication, requireNotAnonymous),
  ...lacking("GET", factor, requireAdmin, loadUser),
  ...lacking("PUT DELETE", `${factor}/{factor_id}`, requireAdmin, loadUser),
  ...lacking("GET", "/admin/users/{user_id}/passkeys", requireAdmin, loadUser),
  ...lacking("DELETE", "/admin/users/{user_id}/passkeys/{passkey_id}", requireAdmin, loadUser),
  ...lacking("GET POST", "/admin/sso/providers", requireAdmin),
  ...lacking("GET PUT DELETE", "/admin/sso/providers/{idp_id}", requireAdmin),
  ...lacking("GET POST PUT DELETE", "/admin/oauth/*", requireAdmin, requireFeature("oauthServer")),
  ...lacking("GET POST PUT DELETE", "/admin/custom-providers/*", requireAdmin, requireFeature("customOauth")),
  // Upstream guards these trees before it looks at the method or the rest of the path.
  ...lacking("GET POST PATCH DELETE", "/passkeys/*", requireFeature("passkey")),
  ...lacking("GET POST", "/sso/*", requireFeature("saml")),
  ...lacking("GET POST", "/oauth/*", requireFeature("oauthServer")),
  ...lacking("GET POST PUT PATCH DELETE", "/scim/v2/*", requireFeature("scim")),
];

/** Below these an unknown path or method meets the guard first, as in upstream: nobody learns which routes there are. */
const guarded: readonly (readonly [tree: string, guard: Guard])[] = [
  ["/admin", requireAdmin],
  ["/factors", requireAuthentication],
  ["/user", requireAuthentication],
];

export function match(method: string, path: string): Match {
  const fitting = routes.filter((each) => each.path.test(path));
  const exact = fitting.find((each) => each.method === method);
  if (exact) return { params: { ...exact.path.exec(path)!.groups }, run: behind(exact.guards, exact.handler) };
  const allow = fitting.map((each) => each.method);
  const tree = guarded.find(([prefix]) => path === prefix || path.startsWith(`${prefix}/`));
  if (tree) return { params: {}, run: behind([tree[1]], async () => (allow.length > 0 ? notAllowed(allow) : unknown)) };
  return allow.length > 0 ? { allow } : undefined;
}

const unknown = { status: 404, text: "404 page not found\n", headers: { "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff" } };
const notAllowed = (allow: string[]) => ({ status: 405, text: "", headers: { Allow: allow.join(", ") } });

function behind(before: readonly Guard[], handler: Handler): Handler {
  return async (context) => {
    for (const guard of before) await guard(context);
    return handler(context);
  };
}
