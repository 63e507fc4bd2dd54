import { createHash, randomInt } from "node:crypto";
import type { Config } from "./config.ts";
import { WeakPasswordError, badRequest } from "./errors.ts";
import type { Context } from "./http.ts";

// badoux/checkmail, ValidateFormat: the expression of the HTML standard.
const label = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?";
const EMAIL = new RegExp(`^[a-zA-Z0-9.!#$%&'*+/=?^_\`{|}~-]+@${label}(?:\\.${label})*$`);

/** @returns the address in lower case. @throws HttpError 400 validation_failed; upstream: internal/api/mail.go, validateEmail */
export function validateEmail(email: string | undefined): string {
  if (!email) throw badRequest("validation_failed", "An email address is required");
  if (Buffer.byteLength(email) > 255) throw badRequest("validation_failed", "An email address is too long");
  if (!EMAIL.test(email)) throw badRequest("validation_failed", "Unable to validate email address: invalid format");
  return email.toLowerCase();
}

/** @throws WeakPasswordError, HttpError; upstream: internal/api/password.go (bcrypt reads 72 bytes) */
export function checkPasswordStrength(config: Config, password: string): void {
  const length = Buffer.byteLength(password);
  if (length > 72) throw badRequest("validation_failed", "Password cannot be longer than 72 characters");
  const { minLength, requiredCharacters } = config.password;
  const weak: [reason: string, message: string][] = [];
  if (length < minLength) weak.push(["length", `Password should be at least ${minLength} characters.`]);
  if (requiredCharacters.some((set) => ![...set].some((char) => password.includes(char)))) {
    weak.push(["characters", `Password should contain at least one character of each: ${requiredCharacters.join(", ")}.`]);
  }
  if (weak.length > 0) throw new WeakPasswordError(weak.map(([, message]) => message).join(" "), weak.map(([reason]) => reason));
}

/** For users who sign in by link; fits every set of required characters. */
export function randomPassword(config: Config): string {
  const all = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  const pick = (set: string) => set[randomInt(set.length)]!;
  const required = config.password.requiredCharacters.map(pick);
  return [...required, ...Array.from({ length: Math.max(33 - required.length, 0) }, () => pick(all))].join("");
}

export function randomOtp(length: number): string {
  return Array.from({ length }, () => randomInt(10)).join("");
}

/** What is stored and put into links instead of the code itself; upstream: internal/crypto/crypto.go, GenerateTokenHash. */
export function tokenHash(email: string, otp: string): string {
  return createHash("sha224").update(email + otp).digest("hex");
}

/** Where a link leads: `redirect_to`, else the Referer, each only when allowed, else the site (upstream: internal/utilities/request.go). */
export function referrer({ app: { config }, headers, url, form }: Context): string {
  const header = headers["redirect_to"];
  const asked = (typeof header === "string" && header) || form.get("redirect_to") || url.searchParams.get("redirect_to") || "";
  return [asked, headers.referer ?? ""].find((each) => isRedirectAllowed(config, each)) ?? config.siteUrl;
}

export function isRedirectAllowed(config: Config, target: string): boolean {
  if (target === "" || !URL.canParse(target) || !URL.canParse(config.siteUrl)) return false;
  // The host as it was written: the URL parser turns http://2130706433 into 127.0.0.1.
  const written = /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/?#]*@)?(\[[^\]]*\]|[^:/?#]*)/i.exec(target)?.[1] ?? "";
  if (/^\d+$/.test(written)) return false;
  const [site, url] = [new URL(config.siteUrl), new URL(target)];
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (site.hostname === url.hostname && site.protocol === url.protocol && (site.port === url.port || isLoopback(host))) return true;
  if (/^\d+(\.\d+){3}$/.test(host) || host.includes(":")) return isLoopback(host);
  if (/^https?:$/.test(url.protocol) && !/^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?$/.test(written)) return false;
  const withoutFragment = target.split("#")[0]!;
  return config.uriAllowList.some((pattern) => pattern.test(withoutFragment));
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d+){3}$/.test(host);
}
