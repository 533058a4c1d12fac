import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FrameType } from "../http2/index.ts";
import { RawLink, requestFields } from "../testing/index.ts";

const changed = (changes: Record<string, string>) => {
  const kept = requestFields.map(([name, value]) => [name, changes[name] ?? value] as const);
  const added = Object.entries(changes).filter(([name]) => !requestFields.some(([known]) => known === name));
  return [...kept, ...added];
};
const prefix = (flag: number, size: number) => new Uint8Array([flag, 0, 0, 0, size]);

/** Requests that are no good call, and grpc-go's answers: HTTP status, code and text. */
const answers: [string, Record<string, string>, Uint8Array, [string, string, string]][] = [
  [
    "no gRPC",
    { "content-type": "text/plain" },
    prefix(0, 0),
    ["415", "3", 'invalid gRPC request content-type "text/plain"'],
  ],
  [
    "almost gRPC",
    { "content-type": "application/grpcx" },
    prefix(0, 0),
    ["415", "3", 'invalid gRPC request content-type "application/grpcx"'],
  ],
  [
    "no POST",
    { ":method": "GET" },
    prefix(0, 0),
    ["405", "13", 'Received a HEADERS frame with :method "GET" which should be POST'],
  ],
  ["a malformed timeout", { "grpc-timeout": "5x" }, prefix(0, 0), ["400", "13", 'malformed grpc-timeout: "5x"']],
  [
    "malformed binary metadata",
    { "a-bin": "%%" },
    prefix(0, 0),
    ["400", "13", 'malformed binary metadata in header "a-bin"'],
  ],
  ["a path without a service", { ":path": "/nope" }, prefix(0, 0), ["200", "12", 'malformed method name: "/nope"']],
  [
    "an unknown encoding",
    { "grpc-encoding": "snappy" },
    prefix(0, 0),
    ["200", "12", 'grpc: Decompressor is not installed for grpc-encoding "snappy"'],
  ],
  [
    "a compressed message without an encoding",
    {},
    prefix(1, 0),
    ["200", "13", "grpc: compressed flag set with identity or empty encoding"],
  ],
  ["an unknown message flag", {}, prefix(2, 0), ["200", "13", "grpc: received unexpected payload format 2"]],
  ["no message", {}, new Uint8Array(0), ["200", "2", "EOF"]],
  ["a message cut short", {}, prefix(0, 9), ["200", "2", "unexpected EOF"]],
];

describe("a server answers", () => {
  for (const [name, changes, payload, expected] of answers) {
    it(`${name} as grpc-go does`, () => {
      const link = RawLink.greeted();
      link.peer.headers(1, changed(changes));
      link.peer.frame(FrameType.data, 1, 1, payload);
      link.settle();
      const fields = link.peer.sections()[0]!.fields;
      assert.deepEqual([fields[":status"], fields["grpc-status"], fields["grpc-message"]], expected);
      assert.deepEqual([link.echoCount, link.peer.goAway], [0, undefined]);
    });
  }

  const accepted = ["application/grpc+proto", "application/grpc;charset=utf-8"];
  for (const type of accepted) {
    it(`the content type ${type} like application/grpc`, () => {
      const link = RawLink.greeted();
      link.peer.headers(1, changed({ "content-type": type }));
      link.peer.frame(FrameType.data, 1, 1, prefix(0, 0));
      link.settle();
      assert.equal(link.echoCount, 1);
    });
  }

  it("before the caller's half close, and tells it to stop then", () => {
    const link = RawLink.greeted();
    link.peer.headers(1);
    link.peer.message(1, new Uint8Array(3), false);
    link.settle();
    assert.deepEqual([link.peer.dataSize(1), link.peer.resets(1)], [8, [0]]);
    link.peer.frame(FrameType.data, 1, 1, new Uint8Array(0));
    link.settle();
    assert.equal(link.peer.goAway, undefined);
  });
});
