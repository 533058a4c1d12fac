import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamEvents } from "../ports/index.ts";
import { HttpPeerConnector } from "./http-peer-connector.ts";

const asked = { path: "/raft/stream/message/1", headers: {}, silenceMs: 1_000 };

for (const url of ["http://127.0.0.1:99999", " http://127.0.0.1:1", "nonsense"])
  test(`a stream from ${JSON.stringify(url)}, which cannot be an address, ends later and throws nothing`, async () => {
    const connector = new HttpPeerConnector({ tls: undefined });
    let hasReturned = false;
    const ended = new Promise<Parameters<StreamEvents["onEnd"]>[0]>((resolve) => {
      const onEnd: StreamEvents["onEnd"] = (how) => {
        assert.equal(hasReturned, true);
        resolve(how);
      };
      connector.openStream(url, asked, { onOpen() {}, onData() {}, onEnd });
      hasReturned = true;
    });
    assert.ok((await ended).error instanceof Error);
    connector.close();
  });
