import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { AbuseBudget } from "./abuse-budget.ts";
import { FrameReader } from "./frame-reader.ts";
import { ReceiveWindow } from "./receive-window.ts";
import { sniffProtocol } from "./sniff.ts";

describe("the connection's receive window", () => {
  it("never lets the peer's view and ours differ", () => {
    const step = fc.record({
      received: fc.integer({ min: 0, max: 70_000 }),
      passedMs: fc.integer({ min: 0, max: 300 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const window = new ReceiveWindow(1_000_000);
        let peerMay = 65_535 + window.open(200_000);
        let nowMs = 0;
        for (const { received, passedMs } of steps) {
          nowMs += passedMs;
          const sent = Math.min(received, peerMay);
          peerMay -= sent;
          assert.ok(window.take(sent));
          peerMay += window.credit(nowMs, 0);
          assert.ok(peerMay <= window.sizeBytes && window.sizeBytes <= 1_000_000);
          assert.ok(peerMay * 2 >= window.sizeBytes, "the peer was left with less than half a window");
        }
        assert.equal(window.take(peerMay), true);
        assert.equal(window.take(1), false);
      }),
    );
  });

  it("doubles for a peer that fills it quickly, up to its bound, and not for a slow one", () => {
    const [fast, slow] = [new ReceiveWindow(400_000), new ReceiveWindow(400_000)];
    for (let count = 1; count <= 100; count++) {
      fast.take(50_000);
      fast.credit(count, 0);
      slow.take(50_000);
      slow.credit(count * 200, 0);
    }
    assert.deepEqual([fast.sizeBytes, slow.sizeBytes], [400_000, 65_535]);
  });

  it("gives no credit for what is held", () => {
    const window = new ReceiveWindow(65_535);
    window.take(60_000);
    assert.equal(window.credit(0, 50_000), 0);
    assert.equal(window.credit(0, 10_000), 50_000);
    assert.equal(window.take(55_536), false);
  });
});

describe("an abuse budget", () => {
  it("allows the burst, then the rate", () => {
    const budget = new AbuseBudget({ burst: 10, perSecond: 2, nowMs: 0 });
    const allowed = (nowMs: number) => {
      let count = 0;
      while (count < 100 && budget.spend(1, nowMs)) count++;
      return count;
    };
    assert.deepEqual([allowed(0), allowed(1000), allowed(1400), allowed(100_000)], [10, 2, 0, 10]);
    budget.earn(3);
    assert.equal(allowed(100_000), 3);
  });
});

describe("the frame reader", () => {
  it("reads the same frames however the bytes are cut", () => {
    const frame = fc.record({
      type: fc.nat(255),
      flags: fc.nat(255),
      id: fc.nat(2 ** 31 - 1),
      payload: fc.uint8Array({ maxLength: 50 }),
    });
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }),
        (frames, cuts) => {
          const bytes = frames.flatMap(({ type, flags, id, payload }) => {
            const idBytes = [id >>> 24, (id >>> 16) & 255, (id >>> 8) & 255, id & 255];
            return [0, 0, payload.length, type, flags, ...idBytes, ...payload];
          });
          const seen: unknown[] = [];
          const reader = new FrameReader(
            {
              onFrame: (type, flags, id, from, start, end) => {
                seen.push({ type, flags, id, payload: from.slice(start, end) });
                return true;
              },
              onOversizedFrame: () => assert.fail("oversized"),
              onBadPreface: () => assert.fail("preface"),
            },
            { expectsPreface: false, frameSizeMax: 16_384 },
          );
          for (let at = 0, cut = 0; at < bytes.length; cut++) {
            const end = Math.min(bytes.length, at + cuts[cut % cuts.length]!);
            reader.push(new Uint8Array(bytes.slice(at, end)));
            at = end;
          }
          // Spread, because fast-check makes objects without a prototype.
          assert.deepEqual(
            seen,
            frames.map((frame) => ({ ...frame })),
          );
          assert.equal(reader.isMidFrame, false);
        },
      ),
    );
  });
});

describe("sniffProtocol()", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const cases = [
    ["", undefined],
    ["P", undefined],
    ["PRI * HTTP/2.", undefined],
    ["PRI * HTTP/2.0", "http2"],
    ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "http2"],
    ["POST / HTTP/1.1", "http1"],
    ["PRI * HTTP/1.1", "http1"],
    ["GET", "http1"],
    ["\u0016\u0003", "http1"],
  ] as const;
  for (const [text, expected] of cases) {
    it(`says ${expected} to ${JSON.stringify(text)}`, () => assert.equal(sniffProtocol(bytes(text)), expected));
  }
});
