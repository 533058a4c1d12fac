import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decodeBase64, encodeBase64 } from "../lib/index.ts";
import { Metadata } from "./metadata.ts";
import { decodeStatusMessage, encodeStatusMessage } from "./status.ts";
import { formatTimeout, parseTimeout } from "./timeout.ts";

describe("grpc-timeout", () => {
  const texts: [string, number | undefined][] = [
    ["1H", 3_600_000],
    ["2M", 120_000],
    ["3S", 3000],
    ["4m", 4],
    ["5u", 0.005],
    ["6n", 0.000006],
    ["0S", 0],
    ["99999999S", 99_999_999_000],
    ["100000000S", undefined],
    ["5", undefined],
    ["S", undefined],
    ["-5S", undefined],
    ["5s", undefined],
    ["", undefined],
  ];
  for (const [text, expected] of texts) {
    it(`reads ${JSON.stringify(text)} as ${expected} ms`, () => {
      const read = parseTimeout(text);
      if (expected === undefined) assert.equal(read, undefined);
      else assert.ok(Math.abs(read! - expected) < 1e-9);
    });
  }

  it("is written rounded up, in at most eight digits", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 1e12, noNaN: true }), (timeoutMs) => {
        const text = formatTimeout(timeoutMs);
        assert.match(text, /^[0-9]{1,8}[HMSmun]$/);
        const read = parseTimeout(text)!;
        assert.ok(read >= timeoutMs * 0.999999 && read <= timeoutMs * 1.1 + 0.001, `${timeoutMs} became ${text}`);
      }),
    );
  });
});

describe("grpc-message", () => {
  it("comes back as it was, in printable ASCII on the way", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), (message) => {
        const escaped = encodeStatusMessage(message);
        assert.match(escaped, /^[\x20-\x7e]*$/);
        assert.equal(escaped.trim(), escaped);
        assert.equal(decodeStatusMessage(escaped), message);
      }),
    );
  });

  it("keeps escapes that are none", () => {
    assert.equal(decodeStatusMessage("100%, %zz, %4"), "100%, %zz, %4");
  });
});

describe("base64 of metadata", () => {
  it("agrees with Buffer, with padding and without", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
        const padded = Buffer.from(bytes).toString("base64");
        assert.equal(encodeBase64(bytes), padded.replaceAll("=", ""));
        assert.deepEqual(decodeBase64(padded), bytes);
        assert.deepEqual(decodeBase64(encodeBase64(bytes)), bytes);
      }),
    );
  });

  for (const text of ["a", "a=", "ab==c", "a b c", "%%%%", "abc\u0141"]) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(decodeBase64(text), undefined));
  }
});

describe("metadata", () => {
  it("keeps order and repeated names, in lower case", () => {
    const metadata = Metadata.of([
      ["A", "1"],
      ["b", "2"],
      ["a", "3"],
    ]);
    assert.deepEqual(
      [...metadata.entries()],
      [
        ["a", "1"],
        ["b", "2"],
        ["a", "3"],
      ],
    );
    assert.deepEqual([metadata.get("a"), metadata.getAll("a"), metadata.get("c")], ["1", ["1", "3"], undefined]);
  });

  it("refuses what would not survive the wire", () => {
    assert.throws(() => new Metadata().add("a b", "1"));
    assert.throws(() => new Metadata().add("a", "line\nbreak"));
    assert.throws(() => new Metadata().add("a", new Uint8Array(1)));
    assert.throws(() => Metadata.empty.add("a", "1"));
  });
});
