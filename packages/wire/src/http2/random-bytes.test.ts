import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { GrpcClient } from "../grpc/index.ts";
import { ManualClock, MemoryStream, RawLink, requestFields, settle } from "../testing/index.ts";
import { FrameType } from "./index.ts";

const frame = fc.record({
  type: fc.integer({ min: 0, max: 10 }),
  flags: fc.constantFrom(0, 1, 4, 5, 8, 9, 0x20, 0x24, 0x2d, 0xff),
  id: fc.integer({ min: 0, max: 9 }),
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom(4, 5, 6, 8).map((size) => new Uint8Array(size).fill(1)),
  ),
});
type Step =
  | { raw: Uint8Array }
  | { request: number }
  | { frame: { type: number; flags: number; id: number; payload: Uint8Array } };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ raw: fc.uint8Array({ maxLength: 60 }) }) },
  { weight: 4, arbitrary: fc.record({ request: fc.integer({ min: 0, max: 2 }) }) },
  { weight: 6, arbitrary: fc.record({ frame }) },
);
const paths = ["/t.T/Echo", "/t.T/Wait", "/t.T/Open"];

function play(link: RawLink, steps: readonly Step[]): void {
  let id = 1;
  for (const next of steps) {
    if ("raw" in next) link.peer.bytes(next.raw);
    else if ("frame" in next) link.peer.frame(next.frame.type, next.frame.flags, next.frame.id, next.frame.payload);
    else {
      const fields = requestFields.map(
        ([name, value]) => [name, name === ":path" ? paths[next.request]! : value] as const,
      );
      link.peer.headers(id, fields);
      link.peer.message(id, new Uint8Array(9));
      id += 2;
    }
    link.settle();
    for (const call of link.waiting.splice(0)) call.reply(call.message);
    for (const call of link.open.splice(0)) {
      call.onMessage((message) => call.send(message));
      call.onHalfClose(() => call.end());
    }
  }
}

describe("a server that gets random bytes", () => {
  it("neither throws nor hangs, and serves on or says GOAWAY and lets go of everything", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const link = RawLink.greeted();
        play(link, steps);
        link.settle();
        if (link.server.connectionCount > 0) {
          // Whatever was left unfinished runs into a deadline, or was nothing wrong.
          link.advance(200_000);
        }
        if (link.server.connectionCount === 0) {
          assert.ok(link.peer.goAway !== undefined, "the connection ended without GOAWAY");
          link.advance(2000);
          assert.deepEqual([link.serverEnd.isDestroyed, link.clock.timerCount], [true, 0]);
        }
      }),
      { numRuns: 400 },
    );
  });

  it("ends the connection when they are there from the start", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (bytes) => {
        fc.pre(bytes[0] !== 0x50);
        const link = new RawLink();
        link.peer.bytes(bytes);
        link.settle();
        assert.equal(link.server.connectionCount, 0);
      }),
    );
  });
});

describe("a client that gets random frames", () => {
  it("neither throws nor hangs, and ends every call exactly once", () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 30 }), (frames) => {
        const clock = new ManualClock();
        const [clientEnd, serverEnd] = MemoryStream.pair();
        serverEnd.attach({ onBytes: () => {}, onDrain: () => {}, onEnd: () => {}, onClose: () => {} });
        const client = new GrpcClient(clientEnd, { clock, authority: "test" });
        const write = (type: number, flags: number, id: number, payload: Uint8Array) => {
          serverEnd.write(new Uint8Array([0, 0, payload.length, type, flags, 0, 0, 0, id, ...payload]));
          settle(clock, clientEnd);
        };
        write(FrameType.settings, 0, 0, new Uint8Array(0));
        const ends = new Array<number>(5).fill(0);
        for (let call = 0; call < 5; call++) {
          client.unary("/t.T/Echo", new Uint8Array(3), { timeoutMs: 1000 }, () => {
            ends[call] = ends[call]! + 1;
          });
        }
        for (const { type, flags, id, payload } of frames) write(type, flags, id, payload);
        clock.advance(1100);
        settle(clock, clientEnd);
        assert.deepEqual(ends, [1, 1, 1, 1, 1]);
      }),
      { numRuns: 400 },
    );
  });
});
