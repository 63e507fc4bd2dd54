import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createDecipheriv, createHash } from "node:crypto";
import { encryptConnection, metaEnvironment } from "../../../../components/services/meta.ts";

const SALT = Buffer.from("0102030405060708", "hex");

test("the connection is what crypto-js 4.2.0 makes with the same salt, and so what postgres-meta reads", () => {
  expect(encryptConnection("postgresql://shop_owner:pw@postgres:5432/shop", "secret key", SALT)).toBe(
    "U2FsdGVkX18BAgMEBQYHCDoRwfECDOJpKnW/uefEvjr/vdxwPQ6IdJ+IjjSZTEXqbbtuLWeZqn/TvmzEtT52eQ==",
  );
});

test("any text comes back under its key, whatever its length", () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ minLength: 1 }), fc.uint8Array({ minLength: 8, maxLength: 8 }), (connection, key, salt) => {
      expect(decrypted(encryptConnection(connection, key, Buffer.from(salt)), key)).toBe(connection);
    }),
  );
});

test("without a word of the gateway it reaches nothing", () => {
  expect(metaEnvironment({ cryptoKey: "k" })).toMatchSnapshot();
});

function decrypted(text: string, key: string): string {
  const bytes = Buffer.from(text, "base64");
  const md5 = (...parts: Uint8Array[]) => createHash("md5").update(Buffer.concat(parts)).digest();
  const [secret, salt] = [Buffer.from(key), bytes.subarray(8, 16)];
  const first = md5(secret, salt);
  const second = md5(first, secret, salt);
  const decipher = createDecipheriv("aes-256-cbc", Buffer.concat([first, second]), md5(second, secret, salt));
  return Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()]).toString();
}
