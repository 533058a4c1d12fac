import assert from "node:assert/strict";
import { test } from "node:test";
import { AlarmType } from "@etcd-ts/proto";
import fc from "fast-check";
import { buckets } from "../ports/index.ts";
import { MemoryBackend } from "../testing/index.ts";
import { Alarms } from "./alarms.ts";

test("an alarm is stored as etcd stores it: the message is the key", () => {
  const backend = new MemoryBackend();
  new Alarms({ backend }).activate(1n, AlarmType.NOSPACE);
  const [entry] = backend.slice(buckets.alarm, { start: new Uint8Array(0), limit: 10 });
  assert.deepEqual([...entry!.key], [8, 1, 16, 1]);
  assert.equal(entry!.value.length, 0);
});

test("NONE cannot be raised or cleared, and asks for every kind", () => {
  const alarms = new Alarms({ backend: new MemoryBackend() });
  assert.equal(alarms.activate(1n, AlarmType.NONE), undefined);
  assert.equal(alarms.deactivate(1n, AlarmType.NONE), undefined);
  alarms.activate(2n, AlarmType.CORRUPT);
  alarms.activate(2n ** 63n, AlarmType.NOSPACE);
  assert.deepEqual(alarms.get(AlarmType.NONE), [
    { memberId: 2n ** 63n, alarm: AlarmType.NOSPACE },
    { memberId: 2n, alarm: AlarmType.CORRUPT },
  ]);
  assert.deepEqual(alarms.get(AlarmType.CORRUPT), [{ memberId: 2n, alarm: AlarmType.CORRUPT }]);
});

test("get() lists alarms in the order they were raised, as recorded", () => {
  const alarms = new Alarms({ backend: new MemoryBackend() });
  alarms.activate(900n, AlarmType.NOSPACE);
  alarms.activate(77n, AlarmType.NOSPACE);
  assert.deepEqual(
    alarms.get(AlarmType.NONE).map(({ memberId }) => memberId),
    [900n, 77n],
  );
});

test("raising and clearing are idempotent, agree with a set, and survive a restart", () => {
  const step = fc.record({
    raise: fc.boolean(),
    memberId: fc.bigInt({ min: 0n, max: 3n }),
    alarm: fc.constantFrom(AlarmType.NOSPACE, AlarmType.CORRUPT),
  });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const backend = new MemoryBackend();
      const alarms = new Alarms({ backend });
      const model = new Set<string>();
      for (const { raise, memberId, alarm } of steps) {
        const key = `${alarm} ${memberId}`;
        const was = model.has(key);
        if (raise) assert.deepEqual(alarms.activate(memberId, alarm), { memberId, alarm });
        else assert.equal(alarms.deactivate(memberId, alarm) !== undefined, was);
        if (raise) model.add(key);
        else model.delete(key);
      }
      for (const state of [alarms, new Alarms({ backend })]) {
        assert.deepEqual(
          state
            .get(AlarmType.NONE)
            .map(({ memberId, alarm }) => `${alarm} ${memberId}`)
            .sort(),
          [...model].sort(),
        );
        for (const kind of [AlarmType.NOSPACE, AlarmType.CORRUPT])
          assert.equal(
            state.isActive(kind),
            [...model].some((key) => key.startsWith(`${kind} `)),
          );
      }
    }),
  );
});
