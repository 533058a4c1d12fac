// Membership changes: their bytes, and that no sequence of them leads to a membership that contradicts itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type ConfState, emptyConfState } from "../types.ts";
import {
  type ConfChange,
  type ConfChangeSingle,
  type ConfChangeTransition,
  type ConfChangeType,
  type ConfChangeV2,
  changeMembership,
  decodeConfChange,
  decodeConfChangeV2,
  encodeConfChange,
  encodeConfChangeV2,
  restoreMembership,
} from "./index.ts";

const type = fc.constantFrom<ConfChangeType[]>(0, 1, 2, 3);
const nodeId = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const context = fc.uint8Array({ maxLength: 20 });
const single: fc.Arbitrary<ConfChangeSingle> = fc.record({ type, nodeId }, { noNullPrototype: true });
const v1: fc.Arbitrary<ConfChange> = fc.record({ id: nodeId, type, nodeId, context }, { noNullPrototype: true });
const transition = fc.constantFrom<ConfChangeTransition[]>(0, 1, 2);
const changes = fc.array(single, { maxLength: 5 });
const v2: fc.Arbitrary<ConfChangeV2> = fc.record({ transition, changes, context }, { noNullPrototype: true });

test("changes of both versions survive a round trip", () => {
  fc.assert(fc.property(v1, (change) => assert.deepEqual(decodeConfChange(encodeConfChange(change)), change)));
  fc.assert(fc.property(v2, (change) => assert.deepEqual(decodeConfChangeV2(encodeConfChangeV2(change)), change)));
});

test("the bytes are raftpb's", () => {
  const none = new Uint8Array(0);
  assert.deepEqual([...encodeConfChange({ id: 0n, type: 0, nodeId: 2n, context: none })], [0x10, 0, 0x18, 2]);
  assert.deepEqual(
    [...encodeConfChange({ id: 300n, type: 1, nodeId: 2n, context: Uint8Array.of(7) })],
    [0x08, 0xac, 2, 0x10, 1, 0x18, 2, 0x22, 1, 7],
  );
  const change: ConfChangeV2 = { transition: 2, changes: [{ type: 3, nodeId: 5n }], context: none };
  assert.deepEqual([...encodeConfChangeV2(change)], [0x08, 2, 0x12, 4, 0x08, 3, 0x10, 5]);
});

test("no bytes at all leave a joint configuration", () => {
  assert.deepEqual(decodeConfChangeV2(new Uint8Array(0)), { transition: 0, changes: [], context: new Uint8Array(0) });
});

test("any bytes are decoded or refused, never worse", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      for (const decoded of [decodeConfChange(bytes), decodeConfChangeV2(bytes)]) {
        assert.ok(decoded === undefined || decoded.context.length <= bytes.length);
      }
    }),
  );
});

test("unknown fields are skipped, unknown kinds of change are refused", () => {
  assert.equal(decodeConfChange(Uint8Array.of(0x18, 2, 0x7a, 1, 9))?.nodeId, 2n);
  assert.equal(decodeConfChange(Uint8Array.of(0x10, 4)), undefined);
  assert.equal(decodeConfChangeV2(Uint8Array.of(0x08, 3)), undefined);
});

const smallChange: fc.Arbitrary<ConfChangeV2> = fc.record({
  transition,
  changes: fc.array(fc.record({ type, nodeId: fc.bigInt({ min: 0n, max: 5n }) }), { maxLength: 4 }),
  context: fc.constant(new Uint8Array(0)),
});

function assertSound(state: ConfState): void {
  const voters = [...state.voters, ...state.votersOutgoing];
  assert.ok(state.voters.length > 0);
  assert.ok(state.learners.every((id) => !voters.includes(id)));
  assert.ok(state.learnersNext.every((id) => state.votersOutgoing.includes(id) && !state.voters.includes(id)));
  assert.ok(!state.autoLeave || state.votersOutgoing.length > 0);
  assert.deepEqual(restoreMembership(state), {
    ok: true,
    confState: state,
    fresh: new Set([...voters, ...state.learners]),
  });
}

test("every sequence of possible changes leads through sound memberships", () => {
  fc.assert(
    fc.property(fc.array(smallChange, { maxLength: 12 }), (changes) => {
      let state: ConfState = { ...emptyConfState(), voters: [1n] };
      for (const change of changes) {
        const result = changeMembership(state, change);
        if (!result.ok) continue;
        const voters = new Set(state.voters);
        const changed = result.confState.voters.filter((id) => !voters.has(id)).length;
        const isSimple = state.votersOutgoing.length === 0 && result.confState.votersOutgoing.length === 0;
        assert.ok(!isSimple || changed <= 1);
        state = result.confState;
        assertSound(state);
      }
    }),
  );
});

test("a membership that contradicts itself is refused", () => {
  const base = { ...emptyConfState(), voters: [1n] };
  for (const wrong of [{ learners: [1n] }, { learnersNext: [1n] }, { autoLeave: true }]) {
    assert.equal(restoreMembership({ ...base, ...wrong }).ok, false);
  }
});
