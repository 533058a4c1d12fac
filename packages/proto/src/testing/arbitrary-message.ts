// Random messages of any type, driven by its field descriptions; for tests only.
import fc from "fast-check";
import type { FieldInfo, MessageType } from "../codec/index.ts";

const depthMax = 3;
const safe = Number.MAX_SAFE_INTEGER;

/** Arbitrary messages of a type: at most one member of each oneof is set, nesting ends after a few levels. */
export function arbitraryMessage(type: MessageType<unknown>, depth = 0): fc.Arbitrary<unknown> {
  const fields = type.fields.filter(
    (field) => depth < depthMax || field.type !== "message" || field.presence === "always",
  );
  const record = Object.fromEntries(fields.map((field) => [field.localName, arbitraryField(field, depth)]));
  return fc.record(record).map((values) => type.create(withoutRivals(fields, values)));
}

function withoutRivals(fields: readonly FieldInfo[], values: Record<string, unknown>): Record<string, unknown> {
  const taken = new Set<string>();
  const kept: Record<string, unknown> = {};
  for (const field of fields) {
    const value = values[field.localName];
    if (value === undefined || (field.oneof !== undefined && taken.has(field.oneof))) continue;
    if (field.oneof !== undefined) taken.add(field.oneof);
    kept[field.localName] = value;
  }
  return kept;
}

function arbitraryField(field: FieldInfo, depth: number): fc.Arbitrary<unknown> {
  const value = arbitraryValue(field, depth);
  if (field.repeated) return fc.array(value, { maxLength: 3 });
  const mayBeAbsent = field.presence === "optional" || (field.type === "message" && field.presence !== "always");
  return mayBeAbsent ? fc.option(value, { nil: undefined }) : value;
}

function arbitraryValue(field: FieldInfo, depth: number): fc.Arbitrary<unknown> {
  switch (field.type) {
    case "bool":
      return fc.boolean();
    case "string":
      return fc.oneof(fc.string(), fc.string({ unit: "binary", maxLength: 60 }));
    case "bytes":
      return fc.uint8Array({ maxLength: 300 });
    case "int32":
    case "enum":
      return fc.integer();
    case "uint32":
      return fc.integer({ min: 0, max: 0xffffffff });
    case "int64":
      return field.integer64 === "bigint"
        ? fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
        : fc.oneof(fc.maxSafeInteger(), fc.integer());
    case "uint64":
      return field.integer64 === "bigint"
        ? fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
        : fc.oneof(fc.integer({ min: 0, max: safe }), fc.nat());
    case "message":
      return arbitraryMessage(field.message!(), depth + 1);
  }
}
