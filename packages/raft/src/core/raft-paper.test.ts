// Statements of the Raft paper (extended version) and thesis, each as one test, in their order.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfChangeType } from "../conf-change/index.ts";
import { type Message, MessageType, newMessage } from "../message.ts";
import { Group } from "../testing/group.ts";
import { noBytes, Role } from "../types.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const typesSent = (group: Group) => group.sent.map(({ type }) => type);
const message = (type: MessageType, more: Partial<Message>): Message => ({
  ...newMessage(type, 1n),
  from: 2n,
  ...more,
});

test("5.1: a node that meets a higher term becomes a follower of it", () => {
  const group = new Group({ voters: 3 });
  group.elect(1);
  group.node(1).step(message(MessageType.app, { term: 9, index: 1, logTerm: 1 }));
  const { role, term, leader } = group.node(1).basicStatus();
  assert.deepEqual([role, term, leader], [Role.follower, 9, 2n]);
});

test("5.1: a request of an old term changes nothing", () => {
  const group = new Group({ voters: 3 });
  group.elect(1);
  const before = group.node(1).basicStatus();
  group.node(1).step(message(MessageType.app, { term: 1, index: 9, logTerm: 1 }));
  assert.deepEqual(group.node(1).basicStatus(), before);
});

test("5.2: nodes start as followers", () => {
  for (const node of new Group({ voters: 3 }).nodes) assert.equal(node.basicStatus().role, Role.follower);
});

test("5.2: a follower that hears of no leader for its election timeout stands for election", () => {
  const group = new Group({ voters: 3 });
  group.node(1).pinElectionTimeout(12);
  for (let i = 0; i < 11; i++) group.node(1).tick();
  assert.equal(group.node(1).basicStatus().role, Role.follower);
  group.node(1).tick();
  const { role, term, vote } = group.node(1).basicStatus();
  assert.deepEqual([role, term, vote], [Role.candidate, 2, 1n]);
});

test("5.2: a leader sends heartbeats, and they keep followers from standing for election", () => {
  const group = new Group({ voters: 3 });
  group.elect(1);
  group.tickAll(100);
  assert.equal(group.node(1).basicStatus().role, Role.leader);
  assert.ok(typesSent(group).includes(MessageType.heartbeat));
});

test("5.2: a candidate that gets the votes of a majority leads, one that does not does not", () => {
  const won = new Group({ voters: 5 });
  won.cut(4, 5);
  won.elect(1);
  assert.equal(won.node(1).basicStatus().role, Role.leader);
  const pending = new Group({ voters: 5 });
  pending.cut(3, 4, 5);
  pending.elect(1);
  assert.equal(pending.node(1).basicStatus().role, Role.candidate);
});

test("5.2: a node votes for one candidate a term, first come first served, and again for the same", () => {
  const group = new Group({ voters: 3 });
  const voter = group.node(1);
  const ask = (from: bigint) => {
    voter.step(message(MessageType.vote, { from, term: 5, index: 9, logTerm: 4 }));
    const answer = voter.ready().messages.find(({ to }) => to === from);
    voter.advance();
    return answer?.reject;
  };
  assert.deepEqual([ask(2n), ask(3n), ask(2n)], [false, true, false]);
});

test("5.2: a candidate yields to a leader of its own term", () => {
  const group = new Group({ voters: 3 });
  group.node(1).campaign();
  group.node(1).step(message(MessageType.heartbeat, { term: 2 }));
  const { role, leader } = group.node(1).basicStatus();
  assert.deepEqual([role, leader], [Role.follower, 2n]);
});

test("5.2: election timeouts are drawn from an interval, anew for every election", () => {
  const group = new Group({ voters: 3 });
  const waits = new Set<number>();
  for (let i = 0; i < 200; i++) {
    const { term } = group.node(1).basicStatus();
    let wait = 0;
    while (group.node(1).basicStatus().term === term) {
      group.node(1).tick();
      wait++;
    }
    waits.add(wait);
  }
  assert.deepEqual(
    [...waits].sort((a, b) => a - b),
    [10, 11, 12, 13, 14, 15, 16, 17, 18, 19],
  );
});

test("5.3: an entry is committed once a majority holds it, and applied in order", () => {
  const group = new Group({ voters: 3 });
  group.elect(1);
  group.cut(3);
  for (const text of ["a", "b"]) group.node(1).propose(bytes(text));
  group.settle();
  assert.deepEqual(
    group.applied[0]!.map(({ data }) => new TextDecoder().decode(data)),
    ["", "a", "b"],
  );
  assert.deepEqual(group.applied[1], group.applied[0]);
});

test("5.3: an entry that no majority holds is not committed", () => {
  const group = new Group({ voters: 3 });
  group.elect(1);
  const { commit } = group.node(1).basicStatus();
  group.cut(2, 3);
  group.node(1).propose(bytes("a"));
  group.settle();
  assert.equal(group.node(1).basicStatus().commit, commit);
});

test("5.3: a follower without the preceding entry refuses, and says where the logs may agree", () => {
  const group = new Group({ voters: 3, logs: [[1, 1]] });
  group.node(1).step(message(MessageType.app, { term: 3, index: 7, logTerm: 2 }));
  const [answer] = group.node(1).ready().messages;
  assert.deepEqual([answer?.reject, answer?.index, answer?.rejectHint, answer?.logTerm], [true, 7, 3, 1]);
});

/** Figure 7 of the paper: what followers' logs can look like when a leader comes to power. */
const figure7 = [
  [1, 1, 4, 4, 5, 5, 6, 6],
  [1, 1, 4],
  [1, 1, 4, 4, 5, 5, 6, 6, 6],
  [1, 1, 4, 4, 5, 5, 6, 6, 7, 7],
  [1, 1, 4, 4, 4, 4],
  [1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
];

for (const follower of figure7) {
  test(`5.3, figure 7: a leader makes the log ${follower.join(" ")} the same as its own`, () => {
    const leader = [1, 1, 4, 4, 5, 5, 6, 6, 6];
    const group = new Group({ voters: 3, logs: [leader, follower] });
    // The third node is there to vote; the term must be newer than any in the logs.
    group.node(1).step(message(MessageType.heartbeat, { term: 7, from: 3n }));
    group.settle();
    group.elect(1);
    assert.equal(group.node(1).basicStatus().role, Role.leader);
    assert.deepEqual(group.terms(2), group.terms(1));
    assert.deepEqual(group.terms(1), [...leader, 8]);
  });
}

test("5.4.1: a node refuses its vote to a candidate whose log is older than its own", () => {
  const table: [readonly number[], { index: number; logTerm: number }, boolean][] = [
    [[1, 2], { index: 9, logTerm: 1 }, true],
    [[1, 2], { index: 2, logTerm: 2 }, true],
    [[1, 2], { index: 3, logTerm: 2 }, false],
    [[1, 2], { index: 2, logTerm: 3 }, false],
  ];
  for (const [log, last, refused] of table) {
    const voter = new Group({ voters: 3, logs: [log] }).node(1);
    voter.step(message(MessageType.vote, { term: 9, ...last }));
    assert.equal(voter.ready().messages[0]?.reject, refused, JSON.stringify(last));
  }
});

test("5.4.2: entries of earlier terms are committed by committing one of the own term, not by counting", () => {
  const group = new Group({ voters: 3, logs: [[1, 2]] });
  group.node(1).campaign();
  group.work(group.node(1));
  group.node(1).step(message(MessageType.voteResp, { term: 3 }));
  group.work(group.node(1));
  group.node(1).step(message(MessageType.appResp, { term: 3, index: 3 }));
  assert.equal(group.node(1).basicStatus().commit, 1);
  group.node(1).step(message(MessageType.appResp, { term: 3, index: 4 }));
  assert.equal(group.node(1).basicStatus().commit, 4);
});

test("6, 7: a follower that needs compacted entries gets a snapshot", () => {
  const group = new Group({ voters: 3 });
  group.cut(3);
  group.elect(1);
  for (let i = 0; i < 5; i++) group.node(1).propose(bytes("x"));
  group.settle();
  const { commit } = group.node(1).basicStatus();
  group.storage(1).createSnapshot(commit, { data: bytes("state") });
  group.storage(1).compact(commit);
  group.cut();
  group.tickAll(3);
  assert.ok(typesSent(group).includes(MessageType.snap));
  assert.equal(group.node(3).basicStatus().commit, commit);
});

test("8: a leader commits an empty entry at the start of its term", () => {
  const group = new Group({ voters: 3 });
  group.elect(2);
  assert.deepEqual(
    group.applied[0]!.map(({ term, data }) => [term, data.length]),
    [[2, 0]],
  );
});

test("thesis 3.8: votes and acknowledgements wait for the disk, proposals do not", () => {
  const group = new Group({ voters: 3, config: { asyncStorageWrites: true } });
  group.node(1).step(message(MessageType.vote, { term: 9, index: 9, logTerm: 8 }));
  const { messages } = group.node(1).ready();
  assert.deepEqual(
    messages.map(({ type }) => type),
    [MessageType.storageAppend],
  );
  assert.deepEqual(
    messages[0]?.responses.map(({ type }) => type),
    [MessageType.voteResp],
  );
});

test("thesis 3.10: leadership goes to a follower that is up to date, and proposals are dropped meanwhile", () => {
  const group = new Group({ voters: 3 });
  group.elect(1);
  group.node(1).transferLeader(2n);
  assert.equal(group.node(1).propose(bytes("x")), "dropped");
  group.settle();
  assert.equal(group.node(2).basicStatus().role, Role.leader);
});

test("thesis 3.10: a transfer that takes longer than an election timeout is given up", () => {
  const group = new Group({ voters: 3 });
  group.elect(1);
  group.cut(2);
  group.node(1).transferLeader(2n);
  group.settle();
  for (let i = 0; i < 10; i++) group.node(1).tick();
  assert.equal(group.node(1).propose(bytes("x")), "accepted");
});

test("thesis 4.2.1: a new node catches up as a learner without a vote", () => {
  const group = new Group({ voters: 1 });
  group.elect(1);
  const change = { transition: 0 as const, changes: [{ type: 3 as const, nodeId: 2n }], context: noBytes };
  group.node(1).applyConfChange(change);
  group.node(1).propose(bytes("x"));
  const before = group.node(1).basicStatus().commit;
  group.cut(2);
  while (group.node(1).hasReady()) group.work(group.node(1));
  assert.equal(group.node(1).basicStatus().commit, before + 1);
});

test("thesis 4.3: while memberships are joint, both majorities decide", () => {
  const group = new Group({ voters: 3 });
  group.elect(1);
  const changes = [2n, 3n].map((nodeId) => ({ type: 1 as const, nodeId }));
  group.node(1).applyConfChange({ transition: 2, changes, context: noBytes });
  const before = group.node(1).basicStatus().commit;
  group.cut(2, 3);
  group.node(1).propose(bytes("x"));
  group.settle();
  assert.equal(group.node(1).basicStatus().commit, before);
  group.cut();
  group.tickAll(2);
  assert.ok(group.node(1).basicStatus().commit > before);
});

test("thesis 6.2: with quorum checks, a leader that nobody answers steps down", () => {
  const group = new Group({ voters: 3, config: { checkQuorum: true } });
  group.elect(1);
  group.cut(1);
  for (let i = 0; i < 20; i++) group.node(1).tick();
  assert.equal(group.node(1).basicStatus().role, Role.follower);
});

test("thesis 6.4: a leader confirms that it leads before it answers a read", () => {
  const group = new Group({ voters: 3 });
  group.elect(1);
  group.cut(1);
  group.node(1).readIndex(bytes("r"));
  group.settle();
  assert.deepEqual(group.readStates[0], []);
  group.cut();
  group.tickAll(1);
  assert.deepEqual(group.readStates[0], [{ index: 2, context: bytes("r") }]);
});

test("thesis 6.4: followers answer reads with their leader's index", () => {
  const group = new Group({ voters: 3 });
  group.elect(1);
  group.node(2).readIndex(bytes("r"));
  group.settle();
  assert.deepEqual(group.readStates[1], [{ index: 2, context: bytes("r") }]);
});

test("thesis 6.4: a leader answers no read before it has committed an entry of its term", () => {
  const group = new Group({ voters: 1 });
  group.node(1).campaign();
  group.work(group.node(1));
  assert.equal(group.node(1).basicStatus().role, Role.leader);
  group.node(1).readIndex(bytes("r"));
  group.work(group.node(1));
  assert.deepEqual(group.readStates[0], []);
  group.settle();
  assert.deepEqual(group.readStates[0], [{ index: 2, context: bytes("r") }]);
});

test("thesis 9.6: with pre-votes, a node that was cut off does not raise the term of the others", () => {
  const group = new Group({ voters: 3, config: { preVote: true } });
  group.elect(1);
  const { term } = group.node(1).basicStatus();
  group.cut(3);
  group.tickAll(50);
  group.cut();
  group.tickAll(5);
  assert.equal(group.node(1).basicStatus().term, term);
  assert.equal(group.node(1).basicStatus().role, Role.leader);
});

test("thesis 6.4: reads that wait for the leader's first commit are answered when a smaller membership brings it", () => {
  const group = new Group({ voters: 2 });
  const leader = group.node(1);
  group.cut(2);
  leader.campaign();
  group.settle();
  const { term } = leader.basicStatus();
  leader.step(message(MessageType.voteResp, { term }));
  group.settle();
  assert.equal(leader.basicStatus().role, Role.leader);
  leader.readIndex(bytes("r"));
  group.settle();
  assert.deepEqual(group.readStates[0], []);
  // A change of an earlier term, committed and applied only now.
  leader.applyConfChange({ id: 0n, type: ConfChangeType.removeNode, nodeId: 2n, context: noBytes });
  group.settle();
  assert.deepEqual(group.readStates[0], [{ index: 2, context: bytes("r") }]);
});
