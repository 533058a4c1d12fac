import assert from "node:assert/strict";
import { test } from "node:test";
import { type ArrivedRequest, type PeerReceiver, silentLogger } from "../ports/index.ts";
import { FakeClock } from "../testing/index.ts";
import { requestHeaders } from "./peer-headers.ts";
import { PeerStats } from "./peer-stats.ts";
import { RaftEndpoint } from "./raft-endpoint.ts";

const self = { memberId: 1n, clusterId: 7n, version: "3.7.1", advertisePeerUrls: ["http://10.0.0.1:2380"] };
const stranger = { ...self, memberId: 2n, advertisePeerUrls: ["http://10.0.0.2:2380", "http://10.0.1.2:2380"] };

/** What an endpoint learns from a stream that somebody asks for; member 3 was removed. */
function learntFrom(sender: typeof self): string[] {
  const learnt: string[] = [];
  const receiver = { isRemoved: (id: bigint) => id === 3n } as unknown as PeerReceiver;
  const clock = new FakeClock();
  const endpoint = new RaftEndpoint({
    self,
    clock,
    stats: new PeerStats(clock),
    log: silentLogger,
    peer: () => undefined,
    learn: (id, urls) => void learnt.push(`${id} at ${urls.join(" ")}`),
    receiver: () => receiver,
  });
  const headers = Object.entries({ ...requestHeaders(sender), "X-Raft-To": "1" });
  const request = {
    method: "GET",
    path: `/raft/stream/message/${sender.memberId}`,
    headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
    remoteAddress: "10.0.0.2:40000",
  };
  endpoint.onStream(request as unknown as ArrivedRequest);
  return learnt;
}

test("a member that was added while this one was away becomes a peer by its own word", () => {
  assert.deepEqual(learntFrom(stranger), ["2 at http://10.0.0.2:2380 http://10.0.1.2:2380"]);
});

test("nobody becomes a peer by its own word who was removed, is of another cluster, or tells no address", () => {
  assert.deepEqual(learntFrom({ ...stranger, memberId: 3n }), []);
  assert.deepEqual(learntFrom({ ...stranger, clusterId: 8n }), []);
  assert.deepEqual(learntFrom({ ...stranger, advertisePeerUrls: [] }), []);
});
