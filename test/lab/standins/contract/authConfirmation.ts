import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { PASSWORD, assertError, call, claims, newEmail, type AuthTarget, type ContractCase } from "./authClient.ts";
import { generateLink } from "./authLinks.ts";

export function confirmationCases(target: () => AuthTarget): ContractCase[] {
  return [
    { name: "sign-up without session; sign-in after the link only", run: () => confirm(target()) },
    { name: "a second sign-up gives nothing away", run: () => repeated(target()) },
    { name: "a change of address needs both links", run: () => changeAddress(target()) },
  ];
}

async function signUp(target: AuthTarget, email: string) {
  const { status, body } = await call(target, "POST", "/signup", { json: { email, password: PASSWORD, data: { a: 1 } } });
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

async function enter(target: AuthTarget, email: string) {
  const { hashed_token: token_hash } = (await generateLink(target, { type: "signup", email, password: PASSWORD })).body;
  const { status, body } = await call(target, "POST", "/verify", { json: { type: "signup", token_hash } });
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

async function confirm(target: AuthTarget) {
  const email = newEmail();
  const user = await signUp(target, email);
  assert.deepEqual([user.access_token, user.email, user.email_confirmed_at, typeof user.confirmation_sent_at], [undefined, email, undefined, "string"]);
  assert.deepEqual(user.user_metadata, { a: 1, email, email_verified: false, phone_verified: false, sub: user.id });
  const signIn = () => call(target, "POST", "/token?grant_type=password", { json: { email, password: PASSWORD } });
  assertError(await signIn(), 400, "email_not_confirmed", "Email not confirmed");
  const again = await call(target, "POST", "/resend", { json: { type: "signup", email } });
  assert.deepEqual([again.status, again.body.error_code], [429, "over_email_send_rate_limit"]);
  const entered = await enter(target, email);
  assert.deepEqual([entered.user.id, entered.user.user_metadata.email_verified], [user.id, true]);
  assert.equal(typeof entered.user.confirmed_at, "string");
  assert.equal((await signIn()).status, 200);
}

async function repeated(target: AuthTarget) {
  const email = newEmail();
  const first = await signUp(target, email);
  await enter(target, email);
  const second = await signUp(target, email);
  assert.notEqual(second.id, first.id);
  assert.deepEqual([second.email, second.role, second.identities, second.user_metadata], [email, "", [], { a: 1 }]);
  assert.equal(second.email_confirmed_at, undefined);
}

async function changeAddress(target: AuthTarget) {
  const [email, newAddress] = [newEmail(), newEmail()];
  await signUp(target, email);
  const { access_token: token } = await enter(target, email);
  const asked = await call(target, "PUT", "/user", { token, json: { email: newAddress } });
  assert.deepEqual([asked.status, asked.body.email, asked.body.new_email], [200, email, newAddress]);
  // One after the other: upstream writes both links' columns each time.
  const current = (await generateLink(target, { type: "email_change_current", email, new_email: newAddress })).body;
  const next = (await generateLink(target, { type: "email_change_new", email, new_email: newAddress })).body;
  const first = await call(target, "POST", "/verify", { json: { type: "email_change", token_hash: current.hashed_token } });
  const message = "Confirmation link accepted. Please proceed to confirm link sent to the other email";
  assert.deepEqual([first.status, first.body], [200, { msg: message, code: "200" }]);
  // hashed_token is of the old address; the link to the new one carries this.
  const token_hash = createHash("sha224").update(newAddress + next.email_otp).digest("hex");
  const second = await call(target, "POST", "/verify", { json: { type: "email_change", token_hash } });
  assert.deepEqual([second.status, second.body.user.email, claims(second.body.access_token).email], [200, newAddress, newAddress]);
  assert.equal(second.body.user.identities[0].email, newAddress);
}
