import { badRequest, lacks, orInternal } from "../errors.ts";
import type { Provider } from "../config.ts";
import type { Handler } from "../http.ts";
import { createFlowState, validatePkce } from "../model/flowState.ts";
import { referrer } from "../validate.ts";

/** Where the two providers that this knows are sent; upstream asks Google's discovery document, which names the same address. */
const authorizeUrls: Record<string, { url: string; scopes: string }> = {
  github: { url: "https://github.com/login/oauth/authorize", scopes: "user:email" },
  google: { url: "https://accounts.google.com/o/oauth2/v2/auth", scopes: "email profile" },
};

/** Sends the browser to a provider (upstream: internal/api/external.go). What comes back, `/callback`, is lacking. */
export const authorize: Handler = async (context) => {
  const query = context.url.searchParams;
  const name = (query.get("provider") ?? "").toLowerCase();
  if (name.startsWith("custom:")) throw lacks("custom providers");
  const provider = context.app.config.external.providers[name];
  const unsupported = (why: string) => badRequest("validation_failed", `Unsupported provider: ${why}`);
  if (!provider) throw unsupported(`Provider ${name} could not be found`);
  const problem = incomplete(provider);
  if (problem) throw unsupported(problem);
  const known = authorizeUrls[name];
  if (!known || query.get("invite_token")) throw lacks(`the provider ${name}${known ? " with an invite_token" : ""}`);
  const pkce = { code_challenge: query.get("code_challenge") ?? "", code_challenge_method: query.get("code_challenge_method") ?? "" };
  validatePkce(pkce);
  const flow = await orInternal("Error creating flow state", () =>
    createFlowState(context.app.pool, name, "oauth", pkce, undefined, referrer(context)),
  );
  const extra = [...query].filter(([key]) => !["scopes", "provider", "code_challenge", "code_challenge_method"].includes(key));
  const scopes = [known.scopes, ...(query.get("scopes") ?? "").split(",")].filter((scope) => scope !== "").join(" ");
  const target = new URLSearchParams({
    client_id: provider.clientId[0]!, redirect_uri: provider.redirectUri, response_type: "code", scope: scopes, state: flow.id,
    ...Object.fromEntries(extra),
  });
  target.sort();
  const headers = { Location: `${known.url}?${target}`, "Content-Type": "text/html; charset=utf-8" };
  return { status: 302, text: "", headers };
};

function incomplete(provider: Provider): string | undefined {
  if (!provider.enabled) return "provider is not enabled";
  if (provider.clientId.length === 0) return "missing OAuth client ID";
  if (provider.secret === "") return "missing OAuth secret";
  return provider.redirectUri === "" ? "missing redirect URI" : undefined;
}
