import assert from "node:assert/strict";
import { test } from "node:test";
import { raftpb } from "@etcd-ts/proto";
import { appendThread, applyThread, type Entry, type Message, MessageType, newMessage } from "@etcd-ts/raft";
import fc from "fast-check";
import { AppendDecoder, AppendEncoder } from "./append-codec.ts";
import { EntriesEncoder } from "./entries-encoder.ts";
import {
  decodeMessage,
  encodeFrame,
  MessageDecoder,
  MessageEncoder,
  readUint64,
  type StreamDecoder,
  type StreamEncoder,
  StreamFormatError,
  writeUint64,
} from "./stream-codec.ts";

const [leader, follower] = [7n, 0xffff_ffff_ffff_fff0n];
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

function append(of: {
  term: number;
  logTerm?: number;
  index: number;
  datas: readonly string[];
  commit: number;
}): Message {
  const message = newMessage(MessageType.app, follower);
  message.from = leader;
  message.term = of.term;
  message.logTerm = of.logTerm ?? of.term;
  message.index = of.index;
  message.commit = of.commit;
  message.entries = of.datas.map((data, i): Entry => {
    return { term: of.term, index: of.index + 1 + i, type: 0, data: new TextEncoder().encode(data) };
  });
  return message;
}

function encoded(encoder: StreamEncoder, messages: readonly Message[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (const message of messages) encoder.encode(message, pieces);
  return Buffer.concat(pieces);
}

function decoded(decoder: StreamDecoder, stream: Uint8Array, cuts: readonly number[]): Message[] {
  const messages: Message[] = [];
  let at = 0;
  for (const cut of [...cuts, stream.length]) {
    const end = Math.min(stream.length, at + cut);
    decoder.push(stream.subarray(at, end), messages);
    at = end;
  }
  return messages;
}

const normal = (message: Message) => raftpb.Message.decode(raftpb.Message.encode(message));

test("a message frame is its length in eight bytes, then the message", () => {
  const message = newMessage(MessageType.heartbeat, 2n);
  message.from = 1n;
  const body = raftpb.Message.encode(message);
  assert.equal(hex(encodeFrame(message)), `00000000000000${body.length.toString(16).padStart(2, "0")}${hex(body)}`);
});

test("a keep-alive of the message stream is a heartbeat from and to nobody, and never delivered", () => {
  const { keepAlive } = new MessageEncoder();
  const message = raftpb.Message.decode(keepAlive.subarray(8));
  assert.deepEqual([message.type, message.from, message.to], [MessageType.heartbeat, 0n, 0n]);
  assert.deepEqual(decoded(new MessageDecoder(), Buffer.concat([keepAlive, keepAlive]), []), []);
});

test("appends that follow each other are sent as entries alone", () => {
  const first = append({ term: 3, logTerm: 2, index: 5, datas: ["a"], commit: 5 });
  const second = append({ term: 3, index: 6, datas: ["b", "c"], commit: 6 });
  const encoder = new AppendEncoder(new EntriesEncoder());
  const whole = encoded(encoder, [first]);
  assert.equal(whole[0], 2);
  const entries = second.entries.map((entry) => raftpb.Entry.encode(entry));
  const length = (size: number) => size.toString(16).padStart(16, "0");
  const body = entries.map((entry) => length(entry.length) + hex(entry)).join("");
  assert.equal(hex(encoded(encoder, [second])), `01${length(2)}${body}${length(6)}`);
});

test("append streams survive any cut of the bytes, and any sequence of appends", () => {
  const step = fc.record({
    jump: fc.boolean(),
    term: fc.integer({ min: 1, max: 3 }),
    datas: fc.array(fc.string({ maxLength: 40 }), { maxLength: 4 }),
    commit: fc.nat({ max: 2 ** 40 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), fc.array(fc.integer({ min: 1, max: 40 })), (steps, cuts) => {
      let index = 0;
      const messages = steps.map(({ jump, term, datas, commit }) => {
        if (jump) index += 3;
        const message = append({ term, index, datas, commit });
        index += datas.length;
        return message;
      });
      const stream = encoded(new AppendEncoder(new EntriesEncoder()), messages);
      const found = decoded(new AppendDecoder({ local: follower, remote: leader }), stream, cuts);
      assert.deepEqual(found.map(normal), messages.map(normal));
    }),
  );
});

test("message streams survive any cut of the bytes", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 1000 })), fc.array(fc.integer({ min: 1, max: 30 })), (indexes, cuts) => {
      const messages = indexes.map((index) => ({ ...newMessage(MessageType.appResp, 2n), from: 1n, index }));
      const stream = encoded(new MessageEncoder(), messages);
      assert.deepEqual(decoded(new MessageDecoder(), stream, cuts).map(normal), messages.map(normal));
    }),
  );
});

test("a run of entries is encoded once for all followers", () => {
  const entries = new EntriesEncoder();
  const message = append({ term: 1, index: 0, datas: ["a", "b"], commit: 0 });
  const bytes = entries.encode(message.entries);
  assert.equal(entries.encode([...message.entries]), bytes);
  assert.notEqual(entries.encode(message.entries.slice(0, 1)), bytes);
});

test("what is no stream is an error, not a hang or a crash", () => {
  const decoder = () => new AppendDecoder({ local: 1n, remote: 2n });
  assert.throws(() => decoder().push(Uint8Array.of(9), []), StreamFormatError);
  const huge = new Uint8Array(9).fill(0xff);
  huge[0] = 1;
  assert.throws(() => decoder().push(huge, []), StreamFormatError);
  assert.throws(() => new MessageDecoder().push(new Uint8Array(8).fill(0x7f), []), StreamFormatError);
});

test("random bytes never make a decoder fail otherwise than by its own errors", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      for (const decoder of [new AppendDecoder({ local: 1n, remote: 2n }), new MessageDecoder()]) {
        try {
          decoder.push(bytes, []);
        } catch (error) {
          assert.match((error as Error).name, /^(StreamFormatError|DecodeError)$/);
        }
      }
    }),
  );
});

test("eight-byte numbers go up to the largest safe integer", () => {
  for (const value of [0, 1, 255, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    const bytes = new Uint8Array(8);
    writeUint64(bytes, 0, value);
    assert.equal(readUint64(bytes, Number.MAX_SAFE_INTEGER), value);
  }
});

test("a message of another member that claims to be from this one's own disk is refused, or it could vouch for what is not written", () => {
  for (const from of [appendThread, applyThread]) {
    const forged = { ...newMessage(MessageType.storageAppendResp, 1n), from, term: 1, index: 9, logTerm: 1 };
    assert.throws(() => decodeMessage(raftpb.Message.encode(forged)), StreamFormatError);
    assert.throws(() => new MessageDecoder().push(encodeFrame(forged), []), StreamFormatError);
  }
});
