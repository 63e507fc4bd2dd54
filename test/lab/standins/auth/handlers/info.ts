import type { Handler } from "../http.ts";
import { publicJwks } from "../jwt.ts";

/** The upstream release whose behaviour this claims; CONTRACT.md has the parts. */
export const VERSION = "v2.196.0-lab";

/** Name as upstream; version and description say that it is not. */
export const health: Handler = async () => ({
  status: 200,
  json: { version: VERSION, name: "GoTrue", description: "lab-auth: a stand-in for GoTrue, for tests; not GoTrue" },
});

export const settings: Handler = async ({ app: { config } }) => {
  const { anonymousUsers, email, phone, providers } = config.external;
  const shown = [
    ...["apple", "azure", "bitbucket", "discord", "facebook", "snapchat", "figma", "fly", "github", "gitlab", "google", "keycloak"],
    ...["kakao", "linkedin", "linkedin_oidc", "notion", "spotify", "slack", "slack_oidc", "workos", "twitch", "twitter"],
  ];
  return {
    status: 200,
    json: {
      external: {
        anonymous_users: anonymousUsers,
        ...Object.fromEntries(shown.map((name) => [name, providers[name]!.enabled])),
        email, phone, zoom: providers.zoom!.enabled,
      },
      disable_signup: config.disableSignup,
      mailer_autoconfirm: config.mailer.autoconfirm,
      phone_autoconfirm: config.smsAutoconfirm,
      sms_provider: config.smsProvider,
      saml_enabled: config.features.saml,
      // Upstream shows true with SAML off, too: it compares a typed nil with nil (internal/api/settings.go, seen on v2.196.0).
      saml_private_key_next_configured: true,
      passkeys_enabled: config.features.passkey,
    },
  };
};

export const jwks: Handler = async ({ app }) => ({
  status: 200,
  json: publicJwks(app.keys),
  headers: { "Cache-Control": "public, max-age=600" },
});
