/**
 * The table of attacks below the level of messages: random bytes, broken TLS, HTTP/1.1 and HTTP/2, floods, half-open
 * connections. None has a right answer that a client could rely on; all must leave the server alive, serving and no
 * larger than before. Names of known vulnerabilities are given where an attack repeats one.
 */
import type { SeededRandom } from "../harness/index.ts";
import { flags, frame, frameTypes, greeting, headerBlock, preface, requestHeaders } from "./frames.ts";
import type { Talk } from "./raw-socket.ts";

/** An attack makes one connection's talk from randomness. */
export interface Attack {
  readonly name: string;
  readonly make: (random: SeededRandom) => Talk;
}

const put = "/etcdserverpb.KV/Put";
const open = (stream: number, more: readonly (readonly [string, string])[] = []): Buffer =>
  frame({ type: frameTypes.headers, flags: flags.endHeaders, stream, payload: requestHeaders(put, more) });
const times = (count: number, make: (index: number) => Uint8Array): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, index) => make(index)));
const text = (...lines: string[]): Buffer => Buffer.from(lines.join("\r\n"), "latin1");

const bytesAttacks: readonly Attack[] = [
  { name: "random bytes", make: (random) => ({ pieces: [random.bytes(random.below(20_000))] }) },
  { name: "silence", make: () => ({ pieces: [], leave: "reset" }) },
  { name: "one byte", make: (random) => ({ pieces: [random.bytes(1)], leave: "reset" }) },
  { name: "zeros", make: () => ({ pieces: [new Uint8Array(100_000)] }) },
  {
    name: "a truncated TLS hello",
    make: (random) => ({
      pieces: [Buffer.concat([Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]), random.bytes(40)])],
    }),
  },
  { name: "a TLS alert", make: () => ({ pieces: [Buffer.from([21, 3, 3, 0, 2, 2, 80])] }) },
];

const http1Attacks: readonly Attack[] = [
  { name: "half a request line", make: () => ({ pieces: [text("GET /vers")], leave: "reset" }) },
  { name: "headers that never end", make: () => ({ pieces: [text("GET /version HTTP/1.1", "Host: a", "X-A: b")] }) },
  { name: "a huge header", make: () => ({ pieces: [text("GET / HTTP/1.1", `X-A: ${"a".repeat(1 << 20)}`, "", "")] }) },
  { name: "a huge path", make: () => ({ pieces: [text(`GET /${"a".repeat(1 << 20)} HTTP/1.1`, "Host: a", "", "")] }) },
  { name: "many headers", make: () => ({ pieces: [text("GET / HTTP/1.1", ...Array(20_000).fill("X: y"), "", "")] }) },
  { name: "an unknown version", make: () => ({ pieces: [text("GET / HTTP/9.9", "Host: a", "", "")] }) },
  {
    name: "a body that is shorter than told",
    make: () => ({
      pieces: [text("POST /v3/kv/put HTTP/1.1", "Host: a", "Content-Length: 1000", "", "{}")],
      leave: "reset",
    }),
  },
  {
    name: "two lengths (request smuggling)",
    make: () => ({
      pieces: [
        text(
          "POST /v3/kv/put HTTP/1.1",
          "Host: a",
          "Content-Length: 2",
          "Transfer-Encoding: chunked",
          "",
          "{}0",
          "",
          "",
        ),
      ],
    }),
  },
  {
    name: "broken chunks",
    make: () => ({
      pieces: [text("PUT /v2/keys/a HTTP/1.1", "Host: a", "Transfer-Encoding: chunked", "", "zz", "a", "")],
    }),
  },
  {
    name: "a slow request, byte by byte",
    make: () => ({
      pieces: [...text("GET /version HTTP/1.1", "Host: a")].map((byte) => Buffer.of(byte)),
      pauseMs: 5,
      leave: "reset",
    }),
  },
  {
    name: "deep JSON on the gateway",
    make: () => {
      const body = "[".repeat(200_000);
      return { pieces: [text("POST /v3/kv/range HTTP/1.1", "Host: a", `Content-Length: ${body.length}`, "", body)] };
    },
  },
  {
    name: "a failed upgrade",
    make: () => ({
      pieces: [text("GET / HTTP/1.1", "Host: a", "Connection: Upgrade", "Upgrade: h2c, websocket", "", "")],
    }),
  },
];

const framingAttacks: readonly Attack[] = [
  {
    name: "half a preface",
    make: (random) => ({ pieces: [preface.subarray(0, 1 + random.below(23))], leave: "reset" }),
  },
  { name: "a preface, then noise", make: (random) => ({ pieces: [preface, random.bytes(5_000)] }) },
  { name: "a greeting, then noise", make: (random) => ({ pieces: [greeting(), random.bytes(5_000)] }) },
  {
    name: "random frames",
    make: (random) => {
      const any = (): Buffer =>
        frame({
          type: random.below(12),
          flags: random.below(256),
          stream: random.below(9),
          payload: random.bytes(random.below(64)),
        });
      return { pieces: [greeting(), times(50, any)] };
    },
  },
  {
    name: "a frame longer than allowed",
    make: () => ({
      pieces: [
        greeting(),
        frame({ type: frameTypes.data, stream: 1, length: 0xffffff, payload: new Uint8Array(70_000) }),
      ],
    }),
  },
  {
    name: "a frame cut short",
    make: () => ({ pieces: [greeting(), frame({ type: frameTypes.headers, stream: 1, length: 500 })], leave: "reset" }),
  },
  {
    name: "data on stream 0",
    make: () => ({ pieces: [greeting(), frame({ type: frameTypes.data, payload: new Uint8Array(5) })] }),
  },
  {
    name: "data on an idle stream",
    make: () => ({ pieces: [greeting(), frame({ type: frameTypes.data, stream: 7, payload: new Uint8Array(5) })] }),
  },
  { name: "an even stream", make: () => ({ pieces: [greeting(), open(2)] }) },
  { name: "streams that go back", make: () => ({ pieces: [greeting(), open(9), open(3)] }) },
  {
    name: "padding beyond the frame",
    make: () => ({
      pieces: [
        greeting(),
        frame({
          type: frameTypes.headers,
          flags: flags.padded | flags.endHeaders,
          stream: 1,
          payload: Buffer.from([255, 1]),
        }),
      ],
    }),
  },
  {
    name: "a window of 0",
    make: () => ({ pieces: [greeting(), frame({ type: frameTypes.windowUpdate, payload: new Uint8Array(4) })] }),
  },
  {
    name: "a window beyond 2^31",
    make: () => ({
      pieces: [
        greeting(),
        times(3, () => frame({ type: frameTypes.windowUpdate, payload: Buffer.from([0x7f, 255, 255, 255]) })),
      ],
    }),
  },
  {
    name: "settings of a wrong length",
    make: () => ({ pieces: [greeting(), frame({ type: frameTypes.settings, payload: new Uint8Array(5) })] }),
  },
  {
    name: "settings of absurd values",
    make: () => ({
      pieces: [
        preface,
        frame({ type: frameTypes.settings, payload: Buffer.from([0, 4, 255, 255, 255, 255, 0, 5, 0, 0, 0, 1]) }),
      ],
    }),
  },
  {
    name: "a push promise from a client",
    make: () => ({
      pieces: [greeting(), frame({ type: frameTypes.pushPromise, stream: 1, payload: new Uint8Array(10) })],
    }),
  },
  {
    name: "a stream that depends on itself",
    make: () => ({
      pieces: [greeting(), frame({ type: frameTypes.priority, stream: 1, payload: Buffer.from([0, 0, 0, 1, 9]) })],
    }),
  },
];

const headerAttacks: readonly Attack[] = [
  {
    name: "broken header compression",
    make: (random) => ({
      pieces: [
        greeting(),
        frame({ type: frameTypes.headers, flags: flags.endHeaders, stream: 1, payload: random.bytes(300) }),
      ],
    }),
  },
  {
    name: "a table index that does not exist",
    make: () => ({
      pieces: [
        greeting(),
        frame({
          type: frameTypes.headers,
          flags: flags.endHeaders,
          stream: 1,
          payload: Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]),
        }),
      ],
    }),
  },
  {
    name: "a header list of megabytes",
    make: () => {
      const part = headerBlock([["x-a", "a".repeat(16_000)]]);
      const more = times(200, () => frame({ type: frameTypes.continuation, stream: 1, payload: part }));
      return {
        pieces: [greeting(), frame({ type: frameTypes.headers, stream: 1, payload: requestHeaders(put) }), more],
      };
    },
  },
  {
    name: "a continuation flood (CVE-2024-27316)",
    make: () => ({
      pieces: [
        greeting(),
        frame({ type: frameTypes.headers, stream: 1 }),
        times(5_000, () => frame({ type: frameTypes.continuation, stream: 1 })),
      ],
    }),
  },
  {
    name: "a header bomb (references to one long entry)",
    make: () => {
      const entry = Buffer.concat([Buffer.of(0x40), headerBlock([["x-bomb", "b".repeat(3_500)]]).subarray(1)]);
      return {
        pieces: [
          greeting(),
          frame({
            type: frameTypes.headers,
            flags: flags.endHeaders,
            stream: 1,
            payload: Buffer.concat([entry, Buffer.alloc(12_000, 0xbe)]),
          }),
        ],
      };
    },
  },
  {
    name: "headers that gRPC does not allow",
    make: () => ({
      pieces: [
        greeting(),
        open(1, [["Upper", "case"]]),
        open(3, [[":late", "pseudo"]]),
        open(5, [["connection", "close"]]),
        open(7, [["grpc-timeout", "9".repeat(30)]]),
      ],
    }),
  },
];

const floods: readonly Attack[] = [
  {
    name: "rapid resets (CVE-2023-44487)",
    make: () => ({
      pieces: [
        greeting(),
        times(1_000, (index) =>
          Buffer.concat([
            open(index * 2 + 1),
            frame({ type: frameTypes.reset, stream: index * 2 + 1, payload: Buffer.of(0, 0, 0, 8) }),
          ]),
        ),
      ],
    }),
  },
  {
    name: "a ping flood (CVE-2019-9512)",
    make: () => ({
      pieces: [greeting(), times(5_000, () => frame({ type: frameTypes.ping, payload: new Uint8Array(8) }))],
    }),
  },
  {
    name: "a settings flood (CVE-2019-9515)",
    make: () => ({ pieces: [greeting(), times(5_000, () => frame({ type: frameTypes.settings }))] }),
  },
  {
    name: "empty data frames (CVE-2019-9518)",
    make: () => ({ pieces: [greeting(), open(1), times(5_000, () => frame({ type: frameTypes.data, stream: 1 }))] }),
  },
  {
    name: "streams that are opened and left",
    make: () => ({ pieces: [greeting(), times(2_000, (index) => open(index * 2 + 1))], leave: "reset" }),
  },
  {
    name: "answers that nobody reads",
    make: () => ({
      pieces: [
        preface,
        frame({ type: frameTypes.settings, payload: Buffer.from([0, 4, 0, 0, 0, 0]) }),
        times(200, (index) =>
          Buffer.concat([
            open(index * 2 + 1),
            frame({ type: frameTypes.data, flags: flags.endStream, stream: index * 2 + 1, payload: new Uint8Array(5) }),
          ]),
        ),
      ],
      leave: "reset",
    }),
  },
];

const messageAttacks: readonly Attack[] = [
  {
    name: "a message of 4 GiB, announced",
    make: () => ({
      pieces: [
        greeting(),
        open(1),
        frame({ type: frameTypes.data, stream: 1, payload: Buffer.from([0, 255, 255, 255, 255, 1, 2]) }),
      ],
    }),
  },
  {
    name: "a message cut short",
    make: () => ({
      pieces: [
        greeting(),
        open(1),
        frame({ type: frameTypes.data, flags: flags.endStream, stream: 1, payload: Buffer.from([0, 0, 0, 1, 0, 10]) }),
      ],
    }),
  },
  {
    name: "a message in single bytes",
    make: () => ({
      pieces: [
        greeting(),
        open(1),
        times(2_000, () => frame({ type: frameTypes.data, stream: 1, payload: Buffer.of(0) })),
      ],
      leave: "reset",
    }),
  },
  {
    name: "a compressed message without an encoding",
    make: () => ({
      pieces: [
        greeting(),
        open(1),
        frame({
          type: frameTypes.data,
          flags: flags.endStream,
          stream: 1,
          payload: Buffer.from([1, 0, 0, 0, 2, 8, 1]),
        }),
      ],
    }),
  },
];

/** Every attack, in groups from the bytes up. */
export const attacks: readonly Attack[] = [
  ...bytesAttacks,
  ...http1Attacks,
  ...framingAttacks,
  ...headerAttacks,
  ...floods,
  ...messageAttacks,
];
