import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RawLink, type RawPeer, requestFields } from "../testing/index.ts";
import { ErrorCode, FrameType } from "./index.ts";

const none = new Uint8Array(0);
const zeros = (size: number) => new Uint8Array(size);
const { headers, data, priority, rstStream, settings, pushPromise, ping, goAway, windowUpdate, continuation } =
  FrameType;

/** Violations that end the connection: what the peer does, and the code of the GOAWAY. */
const connectionErrors: [string, number, (peer: RawPeer) => void][] = [
  ["DATA on stream 0", ErrorCode.protocolError, (peer) => peer.frame(data, 0, 0, zeros(1))],
  ["DATA on an idle stream", ErrorCode.protocolError, (peer) => peer.frame(data, 0, 7, zeros(1))],
  [
    "padding longer than the payload",
    ErrorCode.protocolError,
    (peer) => {
      peer.headers(1);
      peer.frame(data, 8, 1, new Uint8Array([5, 0, 0]));
    },
  ],
  ["HEADERS on stream 0", ErrorCode.protocolError, (peer) => peer.headers(0)],
  ["HEADERS on an even stream", ErrorCode.protocolError, (peer) => peer.headers(2)],
  [
    "HEADERS on a stream that ended",
    ErrorCode.streamClosed,
    (peer) => {
      peer.headers(1);
      peer.message(1, none);
      peer.headers(1);
    },
  ],
  [
    "HEADERS on a stream below the last",
    ErrorCode.streamClosed,
    (peer) => {
      peer.headers(5);
      peer.headers(3);
    },
  ],
  ["HEADERS too short for their flags", ErrorCode.protocolError, (peer) => peer.frame(headers, 0x2c, 1, zeros(3))],
  [
    "a stream that depends on itself",
    ErrorCode.protocolError,
    (peer) => peer.frame(headers, 0x24, 1, new Uint8Array([0, 0, 0, 1, 0])),
  ],
  [
    "a header block that is no HPACK",
    ErrorCode.compressionError,
    (peer) => peer.frame(headers, 4, 1, new Uint8Array([0x80])),
  ],
  [
    "a frame amid a field section",
    ErrorCode.protocolError,
    (peer) => {
      peer.frame(headers, 0, 1, peer.block(requestFields));
      peer.frame(ping, 0, 0, zeros(8));
    },
  ],
  [
    "CONTINUATION of another stream",
    ErrorCode.protocolError,
    (peer) => {
      peer.frame(headers, 0, 1, peer.block(requestFields));
      peer.frame(continuation, 4, 3, none);
    },
  ],
  ["CONTINUATION of nothing", ErrorCode.protocolError, (peer) => peer.frame(continuation, 4, 1, none)],
  ["PRIORITY on stream 0", ErrorCode.protocolError, (peer) => peer.frame(priority, 0, 0, zeros(5))],
  ["RST_STREAM on stream 0", ErrorCode.protocolError, (peer) => peer.number(rstStream, 0, 8)],
  ["RST_STREAM on an idle stream", ErrorCode.protocolError, (peer) => peer.number(rstStream, 1, 8)],
  ["RST_STREAM of a wrong size", ErrorCode.frameSizeError, (peer) => peer.frame(rstStream, 0, 1, zeros(3))],
  ["SETTINGS on a stream", ErrorCode.protocolError, (peer) => peer.frame(settings, 0, 1, none)],
  ["SETTINGS of a wrong size", ErrorCode.frameSizeError, (peer) => peer.frame(settings, 0, 0, zeros(5))],
  ["SETTINGS acknowledgement with content", ErrorCode.frameSizeError, (peer) => peer.frame(settings, 1, 0, zeros(6))],
  ["ENABLE_PUSH of 2", ErrorCode.protocolError, (peer) => peer.settings([[2, 2]])],
  ["INITIAL_WINDOW_SIZE above the maximum", ErrorCode.flowControlError, (peer) => peer.settings([[4, 2 ** 31]])],
  ["MAX_FRAME_SIZE below the minimum", ErrorCode.protocolError, (peer) => peer.settings([[5, 16383]])],
  ["MAX_FRAME_SIZE above the maximum", ErrorCode.protocolError, (peer) => peer.settings([[5, 2 ** 24]])],
  ["PUSH_PROMISE", ErrorCode.protocolError, (peer) => peer.frame(pushPromise, 4, 1, zeros(4))],
  ["PING on a stream", ErrorCode.protocolError, (peer) => peer.frame(ping, 0, 1, zeros(8))],
  ["PING of a wrong size", ErrorCode.frameSizeError, (peer) => peer.frame(ping, 0, 0, zeros(7))],
  ["GOAWAY on a stream", ErrorCode.protocolError, (peer) => peer.frame(goAway, 0, 1, zeros(8))],
  ["GOAWAY too short", ErrorCode.frameSizeError, (peer) => peer.frame(goAway, 0, 0, zeros(7))],
  ["WINDOW_UPDATE of a wrong size", ErrorCode.frameSizeError, (peer) => peer.frame(windowUpdate, 0, 0, zeros(3))],
  ["WINDOW_UPDATE of 0 on the connection", ErrorCode.protocolError, (peer) => peer.number(windowUpdate, 0, 0)],
  ["WINDOW_UPDATE on an idle stream", ErrorCode.protocolError, (peer) => peer.number(windowUpdate, 9, 1)],
  [
    "an overflow of the connection window",
    ErrorCode.flowControlError,
    (peer) => peer.number(windowUpdate, 0, 2 ** 31 - 1),
  ],
  [
    "an overflow of stream windows by SETTINGS",
    ErrorCode.flowControlError,
    (peer) => {
      peer.headers(1);
      peer.number(windowUpdate, 1, 2 ** 31 - 1 - 65535);
      peer.settings([[4, 65536]]);
    },
  ],
  ["a frame larger than we announced", ErrorCode.frameSizeError, (peer) => peer.frame(data, 0, 1, zeros(16385))],
];

/** Violations that end one stream. */
const withField = (name: string, value: string) => [...requestFields, [name, value] as const];
const without = (name: string) => requestFields.filter(([known]) => known !== name);
const streamErrors: [string, number, (peer: RawPeer) => void][] = [
  ["no :method", ErrorCode.protocolError, (peer) => peer.headers(1, without(":method"))],
  ["no :scheme", ErrorCode.protocolError, (peer) => peer.headers(1, without(":scheme"))],
  ["no :path", ErrorCode.protocolError, (peer) => peer.headers(1, without(":path"))],
  ["an empty :path", ErrorCode.protocolError, (peer) => peer.headers(1, [[":path", ""], ...without(":path")])],
  ["two :path fields", ErrorCode.protocolError, (peer) => peer.headers(1, [[":path", "/t.T/Echo"], ...requestFields])],
  [":status in a request", ErrorCode.protocolError, (peer) => peer.headers(1, [[":status", "200"], ...requestFields])],
  [
    "an unknown pseudo-header field",
    ErrorCode.protocolError,
    (peer) => peer.headers(1, [[":what", "x"], ...requestFields]),
  ],
  [
    "a pseudo-header field after others",
    ErrorCode.protocolError,
    (peer) => {
      peer.headers(1, [...without(":path"), [":path", "/t.T/Echo"]]);
    },
  ],
  ["an uppercase name", ErrorCode.protocolError, (peer) => peer.headers(1, withField("X-Up", "1"))],
  ["an empty name", ErrorCode.protocolError, (peer) => peer.headers(1, withField("", "1"))],
  ["a name with a space", ErrorCode.protocolError, (peer) => peer.headers(1, withField("a b", "1"))],
  ["a line break in a value", ErrorCode.protocolError, (peer) => peer.headers(1, withField("a", "1\r\nb: 2"))],
  ["a value with a space at its end", ErrorCode.protocolError, (peer) => peer.headers(1, withField("a", "1 "))],
  ["connection", ErrorCode.protocolError, (peer) => peer.headers(1, withField("connection", "close"))],
  ["transfer-encoding", ErrorCode.protocolError, (peer) => peer.headers(1, withField("transfer-encoding", "chunked"))],
  ["upgrade", ErrorCode.protocolError, (peer) => peer.headers(1, withField("upgrade", "h2c"))],
  ["keep-alive", ErrorCode.protocolError, (peer) => peer.headers(1, withField("keep-alive", "1"))],
  ["te other than trailers", ErrorCode.protocolError, (peer) => peer.headers(1, withField("te", "gzip"))],
  [
    "a content-length that is no number",
    ErrorCode.protocolError,
    (peer) => peer.headers(1, withField("content-length", "+5")),
  ],
  [
    "less than the content-length",
    ErrorCode.protocolError,
    (peer) => {
      peer.headers(1, withField("content-length", "9"));
      peer.message(1, zeros(3));
    },
  ],
  [
    "more than the content-length",
    ErrorCode.protocolError,
    (peer) => {
      peer.headers(1, withField("content-length", "5"));
      peer.frame(data, 0, 1, zeros(6));
    },
  ],
  [
    "nothing in spite of a content-length",
    ErrorCode.protocolError,
    (peer) => {
      peer.headers(1, withField("content-length", "5"), true);
    },
  ],
  [
    "trailers that do not end the stream",
    ErrorCode.protocolError,
    (peer) => {
      peer.headers(1);
      peer.headers(1, [["a", "b"]]);
    },
  ],
  [
    "WINDOW_UPDATE of 0",
    ErrorCode.protocolError,
    (peer) => {
      peer.headers(1);
      peer.number(windowUpdate, 1, 0);
    },
  ],
  [
    "an overflow of its window",
    ErrorCode.flowControlError,
    (peer) => {
      peer.headers(1);
      peer.number(windowUpdate, 1, 2 ** 31 - 1);
    },
  ],
  [
    "more data than its window",
    ErrorCode.flowControlError,
    (peer) => {
      peer.headers(1, [[":path", "/t.T/Open"], ...without(":path")]);
      peer.frame(data, 0, 1, new Uint8Array([0, 0, 0x1f, 0xff, 0xff]));
      for (let sent = 0; sent <= 1024 * 1024; sent += 16384) peer.frame(data, 0, 1, zeros(16384));
    },
  ],
  [
    "data after its end",
    ErrorCode.streamClosed,
    (peer) => {
      peer.headers(1, [[":path", "/t.T/Wait"], ...without(":path")]);
      peer.message(1, none);
      peer.frame(data, 0, 1, zeros(1));
    },
  ],
  [
    "PRIORITY of a wrong size",
    ErrorCode.frameSizeError,
    (peer) => {
      peer.headers(1);
      peer.frame(priority, 0, 1, zeros(4));
    },
  ],
];

describe("the connection ends with GOAWAY on", () => {
  for (const [name, code, run] of connectionErrors) {
    it(name, () => {
      const link = RawLink.greeted();
      run(link.peer);
      link.settle();
      assert.equal(link.peer.goAway?.code, code);
      assert.equal(link.server.connectionCount, 0);
    });
  }

  it("a preface that is none", () => {
    const link = new RawLink();
    link.peer.bytes(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
    link.settle();
    assert.equal(link.peer.goAway?.code, ErrorCode.protocolError);
  });

  it("a first frame other than SETTINGS", () => {
    const link = new RawLink();
    link.peer.bytes(new TextEncoder().encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    link.peer.frame(ping, 0, 0, zeros(8));
    link.settle();
    assert.equal(link.peer.goAway?.code, ErrorCode.protocolError);
  });
});

describe("the stream alone ends with RST_STREAM on", () => {
  for (const [name, code, run] of streamErrors) {
    it(name, () => {
      const link = RawLink.greeted();
      run(link.peer);
      link.settle();
      assert.deepEqual([link.peer.resets(1), link.peer.goAway], [[code], undefined]);
      link.peer.headers(11);
      link.peer.message(11, none);
      link.settle();
      assert.equal(link.peer.dataSize(11), 5);
    });
  }
});

describe("the connection survives", () => {
  const harmless: [string, (peer: RawPeer) => void][] = [
    ["an unknown frame type", (peer) => peer.frame(0x42, 0xff, 77, zeros(100))],
    ["an unknown setting", (peer) => peer.settings([[0x99, 1]])],
    ["PRIORITY on any stream", (peer) => peer.frame(priority, 0, 99, zeros(5))],
    [
      "WINDOW_UPDATE on a stream that ended",
      (peer) => {
        peer.headers(1);
        peer.message(1, none);
        peer.number(windowUpdate, 1, 10);
      },
    ],
    [
      "RST_STREAM on a stream that ended",
      (peer) => {
        peer.headers(1);
        peer.message(1, none);
        peer.number(rstStream, 1, 8);
      },
    ],
    [
      "trailers of a request",
      (peer) => {
        peer.headers(1);
        peer.message(1, none, false);
        peer.headers(1, [["checksum", "1"]], true);
      },
    ],
    [
      "padded frames",
      (peer) => {
        const block = peer.block(requestFields);
        peer.frame(headers, 4 | 8, 1, new Uint8Array([3, ...block, 0, 0, 0]));
        peer.frame(data, 1 | 8, 1, new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0]));
      },
    ],
    [
      "a field section in pieces",
      (peer) => {
        const block = peer.block(requestFields);
        peer.frame(headers, 0, 1, block.slice(0, 5));
        peer.frame(continuation, 0, 1, none);
        peer.frame(continuation, 4, 1, block.slice(5));
        peer.message(1, none);
      },
    ],
  ];
  for (const [name, run] of harmless) {
    it(name, () => {
      const link = RawLink.greeted();
      run(link.peer);
      link.peer.headers(101);
      link.peer.message(101, none);
      link.settle();
      assert.deepEqual([link.peer.goAway, link.peer.dataSize(101)], [undefined, 5]);
    });
  }
});
