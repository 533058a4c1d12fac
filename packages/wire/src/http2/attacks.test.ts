import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RawLink, requestFields } from "../testing/index.ts";
import { ErrorCode, FrameType, type WireLimits } from "./index.ts";

const none = new Uint8Array(0);
const to = (path: string) => requestFields.map(([name, value]) => [name, name === ":path" ? path : value] as const);

/** Repeats an attack until the server ends the connection; answers how often it took. */
function until(link: RawLink, countMax: number, attack: (count: number) => void): number {
  for (let count = 1; count <= countMax; count++) {
    attack(count);
    if (count % 50 === 0) link.settle();
    if (link.server.connectionCount === 0) return count;
  }
  link.settle();
  return link.server.connectionCount === 0 ? countMax : Number.POSITIVE_INFINITY;
}

function assertCalmed(link: RawLink, debug: string): void {
  assert.deepEqual(link.peer.goAway, { code: ErrorCode.enhanceYourCalm, debug });
  assert.equal(link.server.connectionCount, 0);
}

const idle = "too many frames without work";

describe("a flood of frames ends the connection:", () => {
  const budget: Partial<WireLimits> = { idleFrameBurst: 1000, idleFramesPerSecond: 10 };
  const floods: [string, string, (link: RawLink, count: number) => void][] = [
    ["SETTINGS", idle, (link) => link.peer.settings([[4, 65535]])],
    ["SETTINGS acknowledgements", idle, (link) => link.peer.frame(FrameType.settings, 1, 0, none)],
    ["PRIORITY", idle, (link) => link.peer.frame(FrameType.priority, 0, 5, new Uint8Array(5))],
    ["unknown frames", idle, (link) => link.peer.frame(0xee, 0, 0, none)],
    ["WINDOW_UPDATE", idle, (link) => link.peer.number(FrameType.windowUpdate, 0, 1)],
    [
      "RST_STREAM on streams that ended",
      idle,
      (link, count) => {
        if (count === 1) {
          link.peer.headers(1);
          link.peer.message(1, none);
        }
        link.peer.number(FrameType.rstStream, 1, 8);
      },
    ],
    [
      "empty DATA",
      idle,
      (link, count) => {
        if (count === 1) link.peer.headers(1, to("/t.T/Open"));
        link.peer.frame(FrameType.data, 0, 1, none);
      },
    ],
    [
      "DATA on a stream that ended",
      idle,
      (link, count) => {
        if (count === 1) {
          link.peer.headers(1, to("/t.T/Open"));
          link.peer.number(FrameType.rstStream, 1, 8);
        }
        link.peer.frame(FrameType.data, 0, 1, new Uint8Array(1));
      },
    ],
    ["PING acknowledgements", idle, (link) => link.peer.frame(FrameType.ping, 1, 0, new Uint8Array(8))],
    ["PING", "too_many_pings", (link) => link.peer.frame(FrameType.ping, 0, 0, new Uint8Array(8))],
    [
      "empty CONTINUATION",
      "too many CONTINUATION frames",
      (link, count) => {
        if (count === 1) link.peer.frame(FrameType.headers, 0, 1, none);
        link.peer.frame(FrameType.continuation, 0, 1, none);
      },
    ],
    [
      "large CONTINUATION",
      "too many CONTINUATION frames",
      (link, count) => {
        if (count === 1) link.peer.frame(FrameType.headers, 0, 1, none);
        link.peer.frame(FrameType.continuation, 0, 1, new Uint8Array(16384));
      },
    ],
    ["streams over the limit", idle, (link, count) => link.peer.headers(2 * count - 1, to("/t.T/Wait"))],
    ["GOAWAY", idle, (link) => link.peer.frame(FrameType.goAway, 0, 0, new Uint8Array(8))],
  ];
  for (const [name, debug, attack] of floods) {
    it(name, () => {
      const link = RawLink.greeted({ ...budget, streamCountMax: 10 });
      assert.ok(until(link, 2000, (count) => attack(link, count)) <= 2000);
      assertCalmed(link, debug);
    });
  }

  it("rapid reset (CVE-2023-44487)", () => {
    const link = RawLink.greeted({ resetBurst: 100, resetsPerSecond: 1 });
    const count = until(link, 1000, (n) => {
      link.peer.headers(2 * n - 1, to("/t.T/Wait"));
      link.peer.number(FrameType.rstStream, 2 * n - 1, 8);
    });
    assert.ok(count <= 150, `${count} streams were reset`);
    assertCalmed(link, "too many streams were reset");
    assert.ok(link.waiting.every((call) => call.cancelled));
  });

  it("made-you-reset (CVE-2025-8671)", () => {
    const link = RawLink.greeted({ resetBurst: 100, resetsPerSecond: 1 });
    const count = until(link, 1000, (n) => {
      link.peer.headers(2 * n - 1, to("/t.T/Wait"));
      link.peer.number(FrameType.windowUpdate, 2 * n - 1, 0);
    });
    assert.ok(count <= 150, `${count} streams were reset`);
    assertCalmed(link, "too many streams were reset");
  });

  it("malformed requests", () => {
    const link = RawLink.greeted({ resetBurst: 100, resetsPerSecond: 1 });
    const count = until(link, 1000, (n) => link.peer.headers(2 * n - 1, [["a", "b"]]));
    assert.ok(count <= 150, `${count} requests were refused`);
  });
});

describe("work is not taken for a flood:", () => {
  it("many calls with the window updates and cancellations of an ordinary client", () => {
    const link = RawLink.greeted({ idleFrameBurst: 100, idleFramesPerSecond: 1, resetBurst: 100, resetsPerSecond: 33 });
    for (let count = 1; count <= 5000; count++) {
      const id = 2 * count - 1;
      const isCancelled = count % 3 === 0;
      link.peer.headers(id, isCancelled ? to("/t.T/Wait") : requestFields);
      if (isCancelled) link.peer.number(FrameType.rstStream, id, 8);
      else link.peer.message(id, none);
      link.peer.number(FrameType.windowUpdate, 0, 5);
      if (count % 50 === 0) link.advance(1000);
    }
    assert.deepEqual([link.peer.goAway], [undefined]);
  });

  it("a ping every five seconds while a call is open", () => {
    const link = RawLink.greeted();
    link.peer.headers(1, to("/t.T/Wait"));
    for (let count = 0; count < 20; count++) {
      link.advance(5001);
      link.peer.frame(FrameType.ping, 0, 0, new Uint8Array(8));
      link.settle();
    }
    assert.deepEqual([link.peer.goAway], [undefined]);
    assert.equal(link.peer.frames.filter(({ type, flags }) => type === FrameType.ping && flags === 1).length, 20);
  });

  it("pings that follow what we sent", () => {
    const link = RawLink.greeted();
    for (let count = 0; count < 50; count++) {
      link.peer.headers(2 * count + 1);
      link.peer.message(2 * count + 1, none);
      link.settle();
      link.peer.frame(FrameType.ping, 0, 0, new Uint8Array(8));
      link.settle();
    }
    assert.deepEqual([link.peer.goAway], [undefined]);
  });
});

describe("a peer that measures the bandwidth keeps its connection", () => {
  it("with a ping and a window update for each of many calls", () => {
    const link = RawLink.greeted({ idleFrameBurst: 100, idleFramesPerSecond: 0 });
    for (let count = 0; count < 500; count++) {
      link.peer.headers(2 * count + 1);
      link.peer.message(2 * count + 1, none);
      link.settle();
      link.peer.frame(FrameType.ping, 0, 0, new Uint8Array(8));
      link.peer.frame(FrameType.windowUpdate, 0, 0, Uint8Array.of(0, 0, 0, 64));
      link.settle();
    }
    assert.deepEqual([link.peer.goAway], [undefined]);
  });
});

describe("memory stays bounded against", () => {
  it("an HPACK bomb: one large entry, referred to again and again", () => {
    const link = RawLink.greeted();
    link.peer.headers(1, [...requestFields, ["bomb", "x".repeat(3900)]]);
    link.peer.message(1, none);
    const bomb = new Uint8Array(16000).fill(0x80 | 62);
    link.peer.frame(FrameType.headers, 5, 3, bomb);
    link.peer.headers(5);
    link.peer.message(5, none);
    link.settle();
    assert.deepEqual(link.peer.resets(3), [ErrorCode.frameSizeError]);
    assert.equal(link.peer.dataSize(5), 5);
  });

  it("a header table larger than we announced", () => {
    const link = RawLink.greeted();
    link.peer.frame(FrameType.headers, 5, 1, new Uint8Array([0x3f, 0xe2, 0x1f]));
    link.settle();
    assert.equal(link.peer.goAway?.code, ErrorCode.compressionError);
  });

  it("a header table changed again and again within a block", () => {
    const link = RawLink.greeted();
    link.peer.frame(
      FrameType.headers,
      5,
      1,
      new Uint8Array([...link.peer.block(requestFields), 0x20, 0x3f, 0xe1, 0x1f]),
    );
    link.settle();
    assert.equal(link.peer.goAway?.code, ErrorCode.compressionError);
  });

  it("unfinished messages", () => {
    const link = RawLink.greeted({ assemblySizeMax: 1024 * 1024 });
    for (let stream = 0; stream < 100; stream++) {
      link.peer.headers(2 * stream + 1);
      link.peer.frame(FrameType.data, 0, 2 * stream + 1, new Uint8Array([0, 0, 0x1f, 0, 0, ...new Uint8Array(16000)]));
      link.settle();
    }
    const failed = link.peer.sections().filter(({ fields }) => fields["grpc-status"] === "8");
    assert.ok(failed.length >= 30, `${failed.length} calls were ended`);
    assert.deepEqual([link.peer.goAway], [undefined]);
  });

  it("empty messages to a handler that has paused", () => {
    const link = RawLink.greeted();
    link.peer.headers(1, to("/t.T/Open"));
    for (let count = 0; count < 6; count++) link.peer.frame(FrameType.data, 0, 1, new Uint8Array(16_380));
    link.settle();
    assert.equal(link.peer.sections().at(-1)?.fields["grpc-status"], "8");
  });

  it("a peer that never reads: no more of its requests are read, then the connection goes", () => {
    const link = RawLink.greeted({ writeStallMs: 5000, connectionWindowSize: 8 * 1024 * 1024 }, [[4, 2 ** 30]]);
    link.peer.number(FrameType.windowUpdate, 0, 2 ** 30);
    link.settle();
    const message = new Uint8Array(10_000);
    for (let count = 0; count < 200; count++) {
      link.peer.headers(2 * count + 1);
      link.peer.message(2 * count + 1, message);
      // Only what the peer writes travels.
      link.peerEnd.deliver();
    }
    assert.equal(link.serverEnd.isPaused, true);
    assert.ok(link.serverEnd.queuedBytes < 600_000, `${link.serverEnd.queuedBytes} bytes wait`);
    link.clock.advance(6000);
    assert.equal(link.server.connectionCount, 0);
  });

  it("a stream producer that ignores the high-water mark", () => {
    const link = RawLink.greeted({ sendQueueSizeMax: 100_000 }, [[4, 0]]);
    link.peer.headers(1, to("/t.T/Open"));
    link.settle();
    for (let count = 0; count < 100; count++) link.open[0]!.send(new Uint8Array(10_000));
    assert.equal(link.open[0]!.cancelled, true);
  });
});

describe("time is bounded for", () => {
  it("a connection that says nothing", () => {
    const link = new RawLink();
    link.advance(9_900);
    assert.equal(link.server.connectionCount, 1);
    link.advance(200);
    assertCalmed(link, "handshake took too long");
  });

  it("a preface that drips in", () => {
    const link = new RawLink();
    for (const char of "PRI * HTTP/2") {
      link.peer.bytes(new TextEncoder().encode(char));
      link.advance(1000);
    }
    assert.equal(link.server.connectionCount, 0);
  });

  it("a field section that never ends", () => {
    const link = RawLink.greeted();
    link.peer.frame(FrameType.headers, 0, 1, link.peer.block(requestFields));
    link.advance(5_000);
    link.peer.frame(FrameType.continuation, 0, 1, none);
    link.advance(5_100);
    assertCalmed(link, "headers took too long");
  });

  it("a frame that never ends, however it drips in", () => {
    const link = RawLink.greeted();
    link.peer.headers(1);
    link.peer.bytes(new Uint8Array([0, 0x40, 0, 0, 0, 0, 0, 0, 1]));
    for (let count = 0; count < 31; count++) {
      link.peer.bytes(new Uint8Array(1));
      link.advance(1000);
    }
    assertCalmed(link, "frame took too long");
  });

  it("a unary call whose message never comes", () => {
    const link = RawLink.greeted();
    link.peer.headers(1);
    link.advance(120_100);
    assert.deepEqual(link.peer.resets(1), [ErrorCode.cancel]);
  });

  it("a reply that the peer gives no window for, while other calls go on", () => {
    const link = RawLink.greeted({}, [[4, 3]]);
    link.peer.headers(1);
    link.peer.message(1, new Uint8Array(100));
    link.settle();
    assert.equal(link.peer.dataSize(1), 3);
    link.peer.settings([[4, 65535]]);
    link.settle();
    assert.equal(link.peer.dataSize(1), 105);
    link.peer.settings([[4, 0]]);
    link.peer.headers(3);
    link.peer.message(3, new Uint8Array(100));
    link.advance(61_000);
    assert.deepEqual(link.peer.resets(3), [ErrorCode.cancel]);
  });

  it("a reply whose window drips in", () => {
    const link = RawLink.greeted({}, [[4, 1]]);
    link.peer.headers(1);
    link.peer.message(1, new Uint8Array(1000));
    for (let count = 0; count < 62; count++) {
      link.peer.number(FrameType.windowUpdate, 1, 1);
      link.advance(1000);
    }
    assert.deepEqual(link.peer.resets(1), [ErrorCode.cancel]);
    assert.ok(link.peer.dataSize(1) < 100);
  });

  it("a peer that is gone: it is asked after two hours and dropped 20 s later", () => {
    const link = RawLink.greeted();
    link.advance(7_200_100);
    assert.equal(link.peer.frames.filter(({ type, flags }) => type === FrameType.ping && flags === 0).length, 1);
    assert.equal(link.server.connectionCount, 1);
    link.advance(20_100);
    assert.equal(link.server.connectionCount, 0);
  });

  it("a peer that answers the question stays", () => {
    const link = RawLink.greeted();
    for (let count = 0; count < 3; count++) {
      link.advance(7_200_100);
      link.peer.frame(FrameType.ping, 1, 0, new Uint8Array(8));
      link.settle();
    }
    link.advance(30_000);
    assert.equal(link.server.connectionCount, 1);
  });

  it("an idle connection, when the server is told so", () => {
    const link = RawLink.greeted({ idleTimeoutMs: 60_000 });
    link.peer.headers(1, to("/t.T/Wait"));
    link.peer.message(1, none);
    link.advance(90_000);
    assert.deepEqual([link.peer.goAway], [undefined]);
    link.waiting[0]!.reply(none);
    link.settle();
    link.advance(61_000);
    assert.equal(link.peer.goAway?.code, ErrorCode.noError);
    link.advance(20_100);
    assert.equal(link.server.connectionCount, 0);
  });

  it("nothing else: a quiet connection with an open stream stays", () => {
    const link = RawLink.greeted();
    link.peer.headers(1, to("/t.T/Open"));
    link.advance(3_600_000);
    assert.deepEqual([link.server.connectionCount, link.open[0]!.cancelled], [1, false]);
  });

  it("a connection we ended: its transport is dropped after a second", () => {
    const link = RawLink.greeted();
    link.peer.frame(FrameType.ping, 0, 1, none);
    link.settle();
    assert.equal(link.serverEnd.isDestroyed, false);
    link.advance(1100);
    assert.deepEqual([link.serverEnd.isDestroyed, link.clock.timerCount], [true, 0]);
  });

  it("a peer that says it has nothing more to send, and then takes nothing: it would hold the transport for ever", () => {
    const link = RawLink.greeted({ writeStallMs: 5_000 });
    link.peer.headers(1);
    link.peer.message(1, new Uint8Array(10_000));
    link.peerEnd.end();
    // Only what the peer writes travels.
    link.peerEnd.deliver();
    assert.deepEqual([link.server.connectionCount, link.serverEnd.isDestroyed], [0, false]);
    link.clock.advance(4_900);
    assert.equal(link.serverEnd.isDestroyed, false);
    link.clock.advance(200);
    assert.deepEqual([link.serverEnd.isDestroyed, link.clock.timerCount], [true, 0]);
  });
});
