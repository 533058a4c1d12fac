import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Link } from "../testing/index.ts";
import type { CallEnd, ReplyPieces, UnaryCall, UnaryResult } from "./index.ts";

const highWaterSize = 64 * 1024;
const pieceSize = 40_000;

/** Bytes that tell where they belong. */
function pattern(sizeBytes: number, at = 0): Uint8Array {
  return Uint8Array.from({ length: sizeBytes }, (_, index) => ((at + index) * 31 + ((at + index) >> 8)) & 255);
}

/** A producer that hands over as much as is taken, and stops where it is told to. */
class Producer {
  readonly call: UnaryCall;
  readonly pieces: ReplyPieces;
  readonly #message: Uint8Array;
  at = 0;
  cancelCount = 0;
  readonly #pieceSize: number;

  constructor(call: UnaryCall, options: { message: Uint8Array; pieceSize?: number }) {
    this.call = call;
    this.#message = options.message;
    this.#pieceSize = options.pieceSize ?? pieceSize;
    this.pieces = call.replyInPieces(options.message.length);
    this.pieces.onWritable(() => this.go());
    call.onCancel(() => this.cancelCount++);
  }

  go(untilBytes = this.#message.length): void {
    while (this.at < untilBytes) {
      const piece = this.#message.subarray(this.at, Math.min(this.at + this.#pieceSize, untilBytes));
      this.at += piece.length;
      if (!this.pieces.write(piece)) return;
    }
  }
}

interface Serving {
  link: Link;
  producer: Producer;
  result: () => UnaryResult | undefined;
  codes: number[];
}

function serving(
  message: Uint8Array,
  options: ConstructorParameters<typeof Link>[0] & { timeoutMs?: number } = {},
): Serving {
  let producer: Producer | undefined;
  let result: UnaryResult | undefined;
  const codes: number[] = [];
  const observer = {
    onCallStarted() {},
    onCallHandled: (_path: string, code: number) => codes.push(code),
    onMessageReceived() {},
    onMessageSent() {},
    onTraffic() {},
  };
  const link = new Link({ ...options, server: { observer, ...options.server } }, (server) => {
    server.unary("/t.T/Pieces", (call) => {
      producer = new Producer(call, { message });
    });
    server.unary("/t.T/Ping", (call) => call.reply(call.message));
  });
  const request = options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs };
  link.client.unary("/t.T/Pieces", new Uint8Array(0), request, (end) => {
    result = end;
  });
  link.settle();
  return { link, producer: producer!, result: () => result, codes };
}

describe("a reply in pieces", () => {
  it("arrives as one message, whatever its size and pieces", () => {
    const sizes = fc.record({ size: fc.nat(200_000), pieceSize: fc.integer({ min: 500, max: 100_000 }) });
    fc.assert(
      fc.property(sizes, ({ size, pieceSize }) => {
        const message = pattern(size);
        let result: UnaryResult | undefined;
        const link = new Link({}, (server) => {
          server.unary("/t.T/Pieces", (call) => new Producer(call, { message, pieceSize }).go());
        });
        link.client.unary("/t.T/Pieces", new Uint8Array(0), {}, (end) => {
          result = end;
        });
        link.settle();
        assert.ok(result?.ok);
        assert.deepEqual(result.message, message);
      }),
      { numRuns: 30 },
    );
  });

  it("holds no more than a high-water mark and a piece for a client that does not read", () => {
    const message = pattern(2_000_000);
    const { link, producer, result } = serving(message);
    link.clientEnd.isPaused = true;
    producer.go();
    link.settle();
    const inTransport = link.serverEnd.queuedBytes;
    assert.ok(producer.at - inTransport <= highWaterSize + pieceSize, `${producer.at} of which ${inTransport}`);
    assert.ok(producer.at < message.length / 2);
    link.clientEnd.isPaused = false;
    link.settle();
    const end = result();
    assert.ok(end?.ok);
    assert.deepEqual(end.message, message);
  });

  it("leaves other calls of the connection their turn", () => {
    const { link, producer, result } = serving(pattern(500_000));
    producer.go(100_000);
    let pong = false;
    link.client.unary("/t.T/Ping", new Uint8Array(3), {}, (end) => {
      pong = end.ok;
    });
    link.settle();
    assert.ok(pong);
    assert.equal(result(), undefined);
    producer.go();
    link.settle();
    assert.equal(result()?.ok, true);
  });

  it("tells a producer once when the caller is gone, and takes nothing more", () => {
    const { link, producer, codes } = serving(pattern(500_000));
    producer.go(100_000);
    link.settle();
    link.clientEnd.destroy();
    link.settle();
    assert.equal(producer.cancelCount, 1);
    assert.equal(producer.pieces.write(new Uint8Array(10)), false);
    producer.pieces.abort();
    assert.deepEqual(codes, [1]);
  });

  it("is reset when the producer gives up or fails the call", () => {
    for (const giveUp of ["abort", "fail"] as const) {
      const { link, producer, result, codes } = serving(pattern(500_000));
      producer.go(100_000);
      link.settle();
      if (giveUp === "abort") producer.pieces.abort();
      else producer.call.fail({ code: 5, message: "gone" });
      link.settle();
      const end = result() as CallEnd & { ok: false };
      assert.equal(end.ok, false);
      assert.equal(end.code, 13);
      assert.deepEqual(codes, [13]);
      assert.equal(link.server.connectionCount, 1);
    }
  });

  it("ends at the deadline of the call", () => {
    const { link, producer, codes } = serving(pattern(500_000), { timeoutMs: 5_000 });
    producer.go(100_000);
    link.advance(4_000);
    assert.deepEqual(codes, []);
    link.advance(2_000);
    assert.equal(producer.cancelCount, 1);
    assert.equal(codes.length, 1);
  });

  it("can be empty", () => {
    const { result } = serving(new Uint8Array(0));
    const end = result();
    assert.ok(end?.ok);
    assert.equal(end.message.length, 0);
  });

  it("does nothing on a call that is over", () => {
    let pieces: ReplyPieces | undefined;
    const link = new Link({}, (server) => {
      server.unary("/t.T/Fail", (call) => {
        call.fail({ code: 5, message: "no" });
        pieces = call.replyInPieces(100);
      });
    });
    let code: number | undefined;
    link.client.unary("/t.T/Fail", new Uint8Array(0), {}, (end) => {
      code = end.ok ? 0 : end.code;
    });
    link.settle();
    assert.equal(pieces?.write(new Uint8Array(100)), false);
    link.settle();
    assert.equal(code, 5);
  });

  it("must not be longer than announced", () => {
    const { producer } = serving(pattern(100));
    assert.throws(() => producer.pieces.write(new Uint8Array(101)), /longer than announced/);
  });
});

describe("the reader of a reply in pieces", () => {
  const limits = { sendStallMs: 10_000, sendRateMin: 10_000, writeStallMs: Number.POSITIVE_INFINITY };

  /** Lets nothing be taken for a time, then what the transport holds, again and again; answers how often. */
  function readNowAndThen({ link, producer, result }: Serving, pauseMs: number): number {
    link.clientEnd.isPaused = true;
    producer.go();
    for (let round = 0; ; round++) {
      link.advance(pauseMs);
      if (result() !== undefined || producer.cancelCount > 0) return round;
      link.clientEnd.isPaused = false;
      link.serverEnd.deliver();
      link.clientEnd.isPaused = true;
    }
  }

  it("is given up when it takes nothing for too long", () => {
    const served = serving(pattern(2_000_000), { server: { limits } });
    served.link.clientEnd.isPaused = true;
    served.producer.go();
    served.link.advance(9_000);
    assert.equal(served.producer.cancelCount, 0);
    served.link.advance(2_000);
    assert.equal(served.producer.cancelCount, 1);
    assert.deepEqual(served.codes, [1]);
  });

  it("loses no patience while the producer is the slow one", () => {
    const message = pattern(300_000);
    const { link, producer, result } = serving(message, { server: { limits } });
    for (let until = 30_000; until <= message.length; until += 30_000) {
      producer.go(until);
      link.advance(20_000);
    }
    assert.equal(result()?.ok, true);
  });

  it("earns time with what it takes", () => {
    const served = serving(pattern(3_000_000), { server: { limits } });
    assert.ok(readNowAndThen(served, 6_000) > 4);
    assert.equal(served.result()?.ok, true);
  });

  it("is given up when it is slow again and again", () => {
    const served = serving(pattern(3_000_000), { server: { limits: { ...limits, sendRateMin: 10_000_000 } } });
    assert.equal(readNowAndThen(served, 6_000), 1);
    assert.equal(served.producer.cancelCount, 1);
  });
});
