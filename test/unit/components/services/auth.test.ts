import { describe, expect, test } from "@jest/globals";
import { authEnvironment, type AuthEnvironmentArgs, isSignupPossible } from "../../../../components/services/auth.ts";
import { restEnvironment } from "../../../../components/services/rest.ts";

const LOCAL: AuthEnvironmentArgs = {
  auth: {},
  url: "http://blog.localhost",
  isLocalhost: true,
  databaseUrl: "postgresql://blog_auth_admin:x@postgres:5432/blog",
  jwtSecret: "a secret",
  jwtKeys: "[]",
  externalSecrets: {},
};
const SMTP = { host: "smtp.example.com", port: 587, user: "blog", password: { fromConfig: "p" }, adminEmail: "a@example.com", senderName: "Blog" };

test("auth on this computer", () => {
  expect(authEnvironment(LOCAL)).toMatchSnapshot();
});

test("auth with everything", () => {
  const auth = {
    siteUrl: "https://docs.example.com",
    uriAllowList: ["https://a.example.com/**", "myapp://login"],
    smtp: SMTP,
    external: { github: { clientId: "id", secret: { fromConfig: "g" } } },
  };
  const url = "https://docs.example.com";
  expect(authEnvironment({ ...LOCAL, auth, url, isLocalhost: false, smtpPassword: "smtp secret", externalSecrets: { github: "github secret" } })).toMatchSnapshot();
});

test("rest", () => {
  expect(restEnvironment({ databaseUrl: "postgresql://blog_authenticator:x@postgres:5432/blog", jwks: '{"keys":[]}' })).toMatchSnapshot();
});

describe("sign-up needs a way to confirm an address", () => {
  test.each([
    // smtp, localhost, disableSignup: possible, off, confirmed at once
    [false, true, undefined, true, "false", "true"],
    [true, true, undefined, true, "false", "false"],
    [true, false, undefined, true, "false", "false"],
    [false, false, undefined, false, "true", "false"],
    [false, false, false, false, "true", "false"],
    [true, false, true, true, "true", "false"],
  ])("smtp %s, localhost %s, disableSignup %s", (hasSmtp, isLocalhost, disableSignup, possible, off, autoconfirm) => {
    const auth = { ...(hasSmtp ? { smtp: SMTP } : {}), ...(disableSignup === undefined ? {} : { disableSignup }) };
    const environment = authEnvironment({ ...LOCAL, auth, isLocalhost });
    expect([isSignupPossible(auth, isLocalhost), environment.GOTRUE_DISABLE_SIGNUP, environment.GOTRUE_MAILER_AUTOCONFIRM]).toEqual([possible, off, autoconfirm]);
  });
});
