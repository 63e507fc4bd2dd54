/** How a secret may look where it does not belong: as it is, in a URL, in base64 wherever in the encoded text it begins. */
export function spellings(secret: string): string[] {
  const inBase64 = [0, 1, 2].flatMap((offset) => {
    // The characters at both ends depend on the neighbours; those between do not.
    const encoded = Buffer.from("-".repeat(offset) + secret).toString("base64").replace(/=+$/, "");
    const own = encoded.slice(offset === 0 ? 0 : 4, -4);
    return [own, own.replaceAll("+", "-").replaceAll("/", "_")];
  });
  return [...new Set([secret, encodeURIComponent(secret), ...inBase64])];
}

/** The names of the secrets that stand in the text. */
export function secretsIn(text: string, secrets: Record<string, string>): string[] {
  return Object.entries(secrets)
    .filter(([, secret]) => spellings(secret).some((spelling) => text.includes(spelling)))
    .map(([name]) => name);
}
