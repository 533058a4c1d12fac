import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Link } from "../testing/index.ts";
import type { CallEnd, ClientStream, StreamCall } from "./index.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (message: Uint8Array) => new TextDecoder().decode(message);

interface Heard {
  messages: string[];
  sizeBytes: number;
  end: CallEnd | undefined;
  writableCount: number;
  stream: ClientStream;
}

function open(link: Link, path: string): Heard {
  const heard = { messages: [] as string[], sizeBytes: 0, end: undefined as CallEnd | undefined, writableCount: 0 };
  const stream = link.client.stream(
    path,
    {},
    {
      onMessage: (message) => {
        heard.sizeBytes += message.length;
        if (message.length < 100) heard.messages.push(text(message));
      },
      onEnd: (end) => {
        assert.equal(heard.end, undefined, "a stream ended twice");
        heard.end = end;
      },
      onWritable: () => heard.writableCount++,
    },
  );
  return Object.assign(heard, { stream });
}

function endOf(heard: Heard): number | undefined {
  return heard.end?.code;
}

function serving(options: ConstructorParameters<typeof Link>[0] = {}): { link: Link; calls: StreamCall[] } {
  const calls: StreamCall[] = [];
  const link = new Link(options, (server) => {
    server.stream("/t.T/Open", (call) => calls.push(call));
    server.stream("/t.T/Echo", (call) => {
      call.onMessage((message) => call.send(message));
      call.onHalfClose(() => call.end());
    });
    server.unary("/t.T/Ping", (call) => call.reply(call.message));
  });
  return { link, calls };
}

describe("a streaming call", () => {
  it("carries messages both ways until the half close", () => {
    const { link } = serving();
    const heard = open(link, "/t.T/Echo");
    for (const word of ["a", "", "ccc"]) heard.stream.send(bytes(word));
    link.settle();
    assert.deepEqual(heard.messages, ["a", "", "ccc"]);
    assert.equal(endOf(heard), undefined);
    heard.stream.halfClose();
    link.settle();
    assert.equal(endOf(heard), 0);
  });

  it("goes on from the server after the client's half close", () => {
    const { link, calls } = serving();
    const heard = open(link, "/t.T/Open");
    heard.stream.halfClose();
    link.settle();
    calls[0]!.send(bytes("one"));
    link.settle();
    calls[0]!.send(bytes("two"));
    calls[0]!.end();
    link.settle();
    assert.deepEqual(heard.messages, ["one", "two"]);
    assert.equal(endOf(heard), 0);
  });

  it("ends with a status after messages, and before any", () => {
    const { link, calls } = serving();
    const [late, early] = [open(link, "/t.T/Open"), open(link, "/t.T/Open")];
    link.settle();
    calls[0]!.send(bytes("m"));
    for (const call of calls) call.end({ code: 11, message: "compacted" });
    link.settle();
    assert.deepEqual(late.messages, ["m"]);
    assert.deepEqual([late.end?.code, late.end?.message], [11, "compacted"]);
    assert.deepEqual([early.end?.code, early.end?.message], [11, "compacted"]);
  });

  it("keeps messages until the handler has named its reader", () => {
    const { link, calls } = serving();
    const heard = open(link, "/t.T/Open");
    heard.stream.send(bytes("early"));
    heard.stream.halfClose();
    link.settle();
    const got: string[] = [];
    calls[0]!.onMessage((message) => got.push(text(message)));
    calls[0]!.onHalfClose(() => got.push("half close"));
    assert.deepEqual(got, ["early", "half close"]);
  });

  it("holds a sender back at the high-water mark and wakes it when there is room", () => {
    const { link, calls } = serving();
    const heard = open(link, "/t.T/Open");
    link.settle();
    heard.stream.pauseReading();
    let sentCount = 0;
    while (calls[0]!.send(new Uint8Array(10_000)) && sentCount < 10_000) {
      sentCount++;
      if (sentCount % 10 === 0) link.settle();
    }
    link.settle();
    const sent = (sentCount + 1) * 10_000;
    assert.ok(sent < 1_300_000, `sent ${sent} bytes to a reader that had paused`);
    let writableCount = 0;
    calls[0]!.onWritable(() => writableCount++);
    heard.stream.resumeReading();
    link.settle();
    assert.deepEqual([writableCount, heard.sizeBytes], [1, sent]);
  });

  it("does not let a paused reader stall other calls", () => {
    const { link, calls } = serving();
    const slow = open(link, "/t.T/Open");
    link.settle();
    calls[0]!.pauseReading();
    calls[0]!.onMessage(() => {});
    for (let count = 0; count < 300 && slow.stream.send(new Uint8Array(10_000)); count++) link.settle();
    let answered = 0;
    for (let count = 0; count < 100; count++) {
      link.client.unary("/t.T/Ping", new Uint8Array(20_000), {}, (result) => {
        if (result.ok) answered++;
      });
      link.settle();
    }
    assert.equal(answered, 100);
  });

  it("delivers everything after a reader resumes", () => {
    const { link, calls } = serving();
    const heard = open(link, "/t.T/Open");
    link.settle();
    let received = 0;
    calls[0]!.onMessage((message) => {
      received += message.length;
    });
    calls[0]!.pauseReading();
    const total = 400;
    for (let count = 0; count < total; count++) heard.stream.send(new Uint8Array(10_000));
    heard.stream.halfClose();
    link.settle();
    assert.equal(received, 0);
    calls[0]!.resumeReading();
    link.settle();
    assert.equal(received, total * 10_000);
  });

  it("tells the handler when the client cancels", () => {
    const { link, calls } = serving();
    const heard = open(link, "/t.T/Open");
    link.settle();
    let cancels = 0;
    calls[0]!.onCancel(() => cancels++);
    heard.stream.cancel();
    link.settle();
    assert.deepEqual([heard.end?.code, calls[0]!.cancelled, cancels], [1, true, 1]);
    assert.equal(calls[0]!.send(bytes("x")), false);
  });

  it("sends large messages through small windows, streams taking turns", () => {
    const { link, calls } = serving({ client: { limits: { streamWindowSize: 70_000 } } });
    const [one, two] = [open(link, "/t.T/Open"), open(link, "/t.T/Open")];
    link.settle();
    for (const call of calls) {
      call.send(new Uint8Array(1_000_000));
      call.end();
    }
    link.settle();
    assert.deepEqual([one.sizeBytes, two.sizeBytes, one.end?.code, two.end?.code], [1_000_000, 1_000_000, 0, 0]);
  });
});

describe("sending on a streaming call", () => {
  it("takes several messages at once behind their prefixes", () => {
    const { link, calls } = serving();
    const heard = open(link, "/t.T/Open");
    link.settle();
    const call = calls[0]!;
    assert.equal(call.sendFramed(Uint8Array.of(0, 0, 0, 0, 2, 97, 98, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 99), 3), true);
    link.settle();
    assert.deepEqual(heard.messages, ["ab", "", "c"]);
    const large = new Uint8Array(100_005);
    large.set([0, 0, 1, 0x86, 0xa0]);
    link.clientEnd.isPaused = true;
    let rounds = 1;
    while (call.sendFramed(large, 1)) rounds++;
    assert.ok(rounds > 1 && rounds < 20, `${rounds} before it was enough`);
    link.clientEnd.isPaused = false;
    link.settle();
    assert.equal(heard.sizeBytes, 3 + rounds * 100_000);
  });

  it("is cancelled when a reader of limited stalls takes nothing", () => {
    const { link, calls } = serving({ server: { limits: { writeStallMs: Number.POSITIVE_INFINITY } } });
    const heard = open(link, "/t.T/Open");
    link.settle();
    const call = calls[0]!;
    call.limitStalls();
    link.advance(100_000);
    assert.equal(call.cancelled, false);
    link.clientEnd.isPaused = true;
    const fill = () => {
      while (call.send(new Uint8Array(50_000)));
    };
    call.onWritable(fill);
    fill();
    link.advance(100_000);
    assert.equal(call.cancelled, true);
    link.clientEnd.isPaused = false;
    link.settle();
    assert.equal(endOf(heard), 1);
  });
});
