import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { Secret, containsUnknown, decode, encode, equal, reveal, unknown } from "../../../lab/engine/plugins/lib/value.ts";
import type { Properties, Value } from "../../../lab/engine/plugins/lib/value.ts";

const signature = "4dabf18193072939515e22adb298388d";
const secretWire = (value: unknown) => ({ [signature]: "1b47061264138c4ac30d75fd1eb44270", value });

// The protocol message itself loses a key `__proto__` (google-protobuf assigns it).
const key = fc.string().filter((text) => text !== "__proto__");
const leaf: fc.Arbitrary<Value> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.string({ unit: "grapheme" }),
  fc.constant(unknown),
  fc.string().map((text) => new Secret(text)),
);
const { value: anyValue } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, leaf, fc.array(tie("value")), fc.dictionary(key, tie("value"), { noNullPrototype: true }) as fc.Arbitrary<Value>),
}));

describe("values on the wire", () => {
  test("every value survives the way through the protocol's own message", () => {
    fc.assert(
      fc.property(fc.dictionary(key, anyValue, { noNullPrototype: true }) as fc.Arbitrary<Properties>, (properties) => {
        const message = struct.Struct.fromJavaScript(encode(properties));
        const received = struct.Struct.deserializeBinary(message.serializeBinary()).toJavaScript();
        expect(decode(received)).toEqual(decode(encode(properties)));
        expect(equal(decode(received), properties)).toBe(true);
      }),
    );
  });

  test("a secret that the engine sends is unwrapped for use and wrapped for the answer", () => {
    const decoded = decode({ stdin: secretWire("s3cret"), environment: { A: secretWire("deep") } }) as Properties;
    expect(decoded["stdin"]).toEqual(new Secret("s3cret"));
    expect(reveal(decoded)).toEqual({ stdin: "s3cret", environment: { A: "deep" } });
    expect(encode(decoded)).toEqual({ stdin: secretWire("s3cret"), environment: { A: secretWire("deep") } });
  });

  test("an output value is its value, unknown without one, secret when it says so", () => {
    const output = { [signature]: "d0e6a833031e9bbcd3f4e8bde6ca49a4" };
    expect(decode({ ...output, value: 1 })).toBe(1);
    expect(decode(output)).toBe(unknown);
    expect(decode({ ...output, value: "x", secret: true })).toEqual(new Secret("x"));
  });

  test("unknown is found at any depth, under secrets too", () => {
    expect(containsUnknown({ a: [new Secret({ b: unknown })] })).toBe(true);
    expect(containsUnknown({ a: [new Secret({ b: "known" })] })).toBe(false);
  });

  test("a secret equals only a secret, null equals absent", () => {
    expect(equal(new Secret("a"), new Secret("a"))).toBe(true);
    expect(equal(new Secret("a"), "a")).toBe(false);
    expect(equal(undefined, null)).toBe(true);
    expect(equal(null, "")).toBe(false);
  });
});
