import assert from "node:assert/strict";
import { test } from "node:test";
import { clientPreface, FrameType, frameHeaderSize } from "../http2/index.ts";
import { ManualClock, MemoryStream } from "../testing/index.ts";
import { GrpcClient } from "./client.ts";

/** Types of the frames that an end has written, the preface left out. */
function frameTypes(end: MemoryStream): number[] {
  const bytes = end.outgoing.flatMap((chunk) => [...chunk]).slice(clientPreface.length);
  const types: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [high = 0, middle = 0, low = 0, type = 0] = bytes.slice(at, at + 4);
    types.push(type);
    at += frameHeaderSize + high * 65536 + middle * 256 + low;
  }
  return types;
}

test("send() before the server's SETTINGS keeps the message back, since its stream has no id yet", () => {
  const clock = new ManualClock();
  const [mine] = MemoryStream.pair();
  const client = new GrpcClient(mine, { clock, authority: "test" });
  const stream = client.stream("/t.T/Chat", {}, { onMessage() {}, onEnd() {} });
  stream.send(Uint8Array.of(1, 2, 3));
  clock.settle();
  assert.deepEqual(
    frameTypes(mine).filter((type) => type === FrameType.data || type === FrameType.headers),
    [],
  );
  client.close();
});
