import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Link } from "../testing/index.ts";
import { type GrpcServer, Metadata, type UnaryCall, type UnaryResult } from "./index.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** Starts a call and gives access to its result, which comes at most once. */
function ask(
  link: Link,
  path: string,
  message = bytes(""),
  options = {},
): { result: UnaryResult | undefined; cancel(): void } {
  const asked: { result: UnaryResult | undefined; cancel(): void } = { result: undefined, cancel: () => call.cancel() };
  const call = link.client.unary(path, message, options, (result) => {
    assert.equal(asked.result, undefined, "a call was answered twice");
    asked.result = result;
  });
  return asked;
}

function told({ result }: { result: UnaryResult | undefined }): string {
  if (result === undefined) return "pending";
  return result.ok ? `ok ${new TextDecoder().decode(result.message)}` : `${result.code} ${result.message}`;
}

/** A server whose one call waits for the test to answer. */
function waiting(options: ConstructorParameters<typeof Link>[0] = {}): { link: Link; calls: UnaryCall[] } {
  const calls: UnaryCall[] = [];
  const link = new Link(options, (server) => server.unary("/t.T/Wait", (call) => calls.push(call)));
  return { link, calls };
}

function echo(server: GrpcServer): void {
  server.unary("/t.T/Echo", (call) => call.reply(call.message));
  server.unary("/t.T/EchoWith", (call) => {
    call.replyWith(call.message.length, (buffer, offset) => buffer.set(call.message, offset));
  });
}

describe("a unary call", () => {
  it("brings the message there and the reply back, however the bytes are cut", () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
    const sizes = fc.array(fc.integer({ min: 0, max: 40_000 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(cuts, sizes, fc.constantFrom("/t.T/Echo", "/t.T/EchoWith"), (steps, lengths, path) => {
        let step = 0;
        const cut = (chunk: Uint8Array) => {
          const pieces: Uint8Array[] = [];
          for (let at = 0; at < chunk.length; ) {
            const size = steps[step++ % steps.length]! * (step % 3 === 0 ? 1 : 900);
            pieces.push(chunk.slice(at, at + size));
            at += size;
          }
          return pieces;
        };
        const link = new Link({ cut }, echo);
        const messages = lengths.map((length, index) => new Uint8Array(length).fill(index + 1));
        const asked = messages.map((message) => ask(link, path, message));
        link.settle();
        const replies = asked.map(({ result }) => (result?.ok ? result.message : undefined));
        assert.deepEqual(
          replies.map((reply) => reply && Buffer.from(reply)),
          messages.map((m) => Buffer.from(m)),
        );
      }),
      { numRuns: 40 },
    );
  });

  it("costs one write for all the replies to one chunk", () => {
    const link = new Link({}, echo);
    const asked = Array.from({ length: 100 }, (_, n) => ask(link, "/t.T/Echo", bytes(`m${n}`)));
    const before = link.serverEnd.writeCount;
    link.settle();
    assert.equal(link.serverEnd.writeCount, before + 1);
    assert.deepEqual(
      asked.map(told),
      Array.from({ length: 100 }, (_, n) => `ok m${n}`),
    );
  });

  it("costs one write for replies that come together later", () => {
    const { link, calls } = waiting();
    const asked = [1, 2, 3].map(() => ask(link, "/t.T/Wait"));
    link.settle();
    const before = link.serverEnd.writeCount;
    for (const call of calls) call.reply(bytes("late"));
    link.settle();
    assert.equal(link.serverEnd.writeCount, before + 1);
    assert.deepEqual(asked.map(told), ["ok late", "ok late", "ok late"]);
  });

  it("fails with code, text and trailers", () => {
    const link = new Link({}, (server) => {
      server.unary("/t.T/Fail", (call) => {
        const metadata = Metadata.of([
          ["why", "because"],
          ["raw-bin", new Uint8Array([0, 255])],
        ]);
        call.fail({ code: 5, message: "weg: ä %", metadata });
      });
    });
    const asked = ask(link, "/t.T/Fail");
    link.settle();
    assert.equal(told(asked), "5 weg: ä %");
    assert.equal(asked.result?.trailers.get("why"), "because");
    assert.deepEqual(asked.result?.trailers.getBytes("raw-bin"), new Uint8Array([0, 255]));
  });

  it("shows the handler metadata, peer and deadline", () => {
    const { link, calls } = waiting();
    const metadata = Metadata.of([
      ["token", "abc"],
      ["id-bin", new Uint8Array([1, 2, 3])],
    ]);
    ask(link, "/t.T/Wait", bytes(""), { metadata, timeoutMs: 500 });
    link.settle();
    const [call] = calls;
    assert.equal(call?.metadata.get("token"), "abc");
    assert.equal(call?.metadata.get(":authority"), "test");
    assert.deepEqual(call?.metadata.getBytes("id-bin"), new Uint8Array([1, 2, 3]));
    assert.equal(call?.deadlineMs, link.clock.nowMs() + 500);
    assert.equal(call?.peer.address, "127.0.0.1:2");
  });

  it("has no deadline unless the caller names one", () => {
    const { link, calls } = waiting();
    ask(link, "/t.T/Wait");
    link.settle();
    assert.equal(calls[0]?.deadlineMs, undefined);
  });
});

describe("a unary call that does not succeed", () => {
  it("ends with the deadline at both ends", () => {
    const { link, calls } = waiting();
    let cancels = 0;
    const asked = ask(link, "/t.T/Wait", bytes(""), { timeoutMs: 200 });
    link.settle();
    calls[0]!.onCancel(() => cancels++);
    link.advance(150);
    assert.equal(told(asked), "pending");
    link.advance(100);
    assert.equal(told(asked), "4 context deadline exceeded");
    assert.deepEqual([calls[0]!.cancelled, cancels], [true, 1]);
  });

  it("tells the handler when the caller cancels, and ignores its answer", () => {
    const { link, calls } = waiting();
    let cancels = 0;
    const asked = ask(link, "/t.T/Wait");
    link.settle();
    calls[0]!.onCancel(() => cancels++);
    asked.cancel();
    link.settle();
    assert.equal(told(asked), "1 context canceled");
    assert.deepEqual([calls[0]!.cancelled, cancels], [true, 1]);
    const before = link.serverEnd.writeCount;
    calls[0]!.reply(bytes("too late"));
    calls[0]!.fail({ code: 2, message: "too late" });
    link.settle();
    assert.equal(link.serverEnd.writeCount, before);
  });

  it("tells both ends when the connection is lost", () => {
    const { link, calls } = waiting();
    const asked = ask(link, "/t.T/Wait");
    link.settle();
    link.serverEnd.destroy();
    assert.equal(calls[0]!.cancelled, true);
    assert.equal(told(asked), "14 error reading from server: the connection was closed");
    assert.equal(link.server.connectionCount, 0);
    const after = ask(link, "/t.T/Wait");
    assert.equal(told(after), "pending");
    link.settle();
    assert.match(told(after), /^14 /);
  });

  it("is refused for an unknown method or service", () => {
    const link = new Link({}, echo);
    const asked = [ask(link, "/t.T/Nope"), ask(link, "/t.U/Echo"), ask(link, "/t.T/Echo", bytes("x"))];
    link.settle();
    assert.deepEqual(asked.map(told), ["12 unknown method Nope for service t.T", "12 unknown service t.U", "ok x"]);
  });

  it("is refused with a message over the limit", () => {
    const link = new Link({ server: { limits: { messageSizeMax: 100 } } }, echo);
    const asked = [ask(link, "/t.T/Echo", new Uint8Array(101)), ask(link, "/t.T/Echo", new Uint8Array(100))];
    link.settle();
    assert.equal(told(asked[0]!), "8 grpc: received message larger than max (101 vs. 100)");
    assert.equal(asked[1]!.result?.ok, true);
  });

  it("waits at the client for the server's limit of concurrent streams", () => {
    const { link, calls } = waiting({ server: { limits: { streamCountMax: 2 } } });
    const asked = [1, 2, 3, 4].map(() => ask(link, "/t.T/Wait", bytes(""), { timeoutMs: 1000 }));
    link.settle();
    assert.equal(calls.length, 2);
    calls[0]!.reply(bytes("first"));
    link.settle();
    assert.equal(calls.length, 3);
    link.advance(1100);
    const late = "4 context deadline exceeded";
    assert.deepEqual(asked.map(told), ["ok first", late, late, late]);
  });
});

describe("a graceful drain", () => {
  it("lets calls under way finish and takes no new ones", async () => {
    const { link, calls } = waiting();
    const asked = ask(link, "/t.T/Wait");
    link.settle();
    const drained = link.server.drain(10_000);
    link.settle();
    const refused = ask(link, "/t.T/Wait");
    link.settle();
    assert.match(told(refused), /^14 /);
    assert.equal(told(asked), "pending");
    calls[0]!.reply(bytes("done"));
    link.settle();
    assert.equal(told(asked), "ok done");
    await drained;
    assert.equal(link.server.connectionCount, 0);
  });

  it("ends at its timeout when a call does not", async () => {
    const { link } = waiting();
    const asked = ask(link, "/t.T/Wait");
    link.settle();
    const drained = link.server.drain(1000);
    link.advance(1100);
    await drained;
    assert.match(told(asked), /^14 /);
  });
});
