import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { silentLogger } from "../ports/index.ts";
import { FakeClock, MemoryBackend, RecordedMetrics } from "../testing/index.ts";
import { Lessor } from "./index.ts";

/** Everything by search through one list; time is compared, never queued. */
class NaiveLeases {
  leases = new Map<bigint, { ttl: number; remaining: number; expiryMs: number; offeredMs: number }>();
  keys = new Map<string, bigint>();

  grant(id: bigint, ttl: number, nowMs: number): boolean {
    if (this.leases.has(id)) return false;
    const granted = Math.max(ttl, 2);
    this.leases.set(id, { ttl: granted, remaining: 0, expiryMs: nowMs + granted * 1000, offeredMs: -Infinity });
    return true;
  }

  revoke(id: bigint): string[] | undefined {
    if (!this.leases.delete(id)) return undefined;
    const keys = [...this.keys].filter(([, holder]) => holder === id).map(([key]) => key);
    for (const key of keys) this.keys.delete(key);
    return keys.sort();
  }

  expired(nowMs: number): bigint[] {
    const due = [...this.leases].filter(([, each]) => each.expiryMs <= nowMs && each.offeredMs + 3000 <= nowMs);
    for (const [, each] of due) each.offeredMs = nowMs;
    return due.map(([id]) => id);
  }

  keepAlive(id: bigint, nowMs: number): number | undefined {
    const lease = this.leases.get(id);
    if (lease === undefined || lease.expiryMs <= nowMs) return undefined;
    lease.expiryMs = nowMs + lease.ttl * 1000;
    return lease.ttl;
  }

  restart(nowMs: number): void {
    for (const lease of this.leases.values()) {
      lease.expiryMs = nowMs + (lease.remaining || lease.ttl) * 1000;
      lease.offeredMs = -Infinity;
    }
  }
}

const id = fc.bigInt({ min: 1n, max: 6n });
const key = fc.constantFrom("a", "b", "c", "d", "e");
const step = fc.oneof(
  fc.record({ do: fc.constant("grant" as const), id, ttl: fc.integer({ min: 0, max: 12 }) }),
  fc.record({ do: fc.constant("revoke" as const), id }),
  fc.record({ do: fc.constant("attach" as const), id, key }),
  fc.record({ do: fc.constant("detach" as const), key }),
  fc.record({ do: fc.constant("keepAlive" as const), id }),
  fc.record({ do: fc.constant("checkpoint" as const), id, remaining: fc.integer({ min: 0, max: 2 }) }),
  fc.record({ do: fc.constant("advance" as const), ms: fc.nat(4000) }),
  fc.record({ do: fc.constant("expire" as const) }),
  fc.record({ do: fc.constant("restart" as const) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class Run {
  readonly clock = new FakeClock();
  readonly backend = new MemoryBackend();
  readonly model = new NaiveLeases();
  lessor = this.#open();

  #open(): Lessor {
    const parts = { backend: this.backend, clock: this.clock, log: silentLogger, metrics: new RecordedMetrics() };
    const lessor = Lessor.open({ ...parts, options: { minTtl: 2 } });
    for (const [name, holder] of this.model.keys) lessor.attach(holder, Buffer.from(name));
    lessor.promote(0);
    return lessor;
  }

  play(each: Step): void {
    const { clock, model } = this;
    switch (each.do) {
      case "grant":
        assert.equal(
          this.lessor.grant(each.id, each.ttl).outcome === "granted",
          model.grant(each.id, each.ttl, clock.nowMs()),
        );
        break;
      case "revoke":
        assert.deepEqual(
          this.lessor.revoke(each.id)?.map(String),
          model.revoke(each.id)?.map((name) => String(Buffer.from(name).toJSON().data)),
        );
        break;
      case "attach":
        if (this.lessor.attach(each.id, Buffer.from(each.key))) model.keys.set(each.key, each.id);
        break;
      case "detach":
        this.lessor.detach(Buffer.from(each.key));
        model.keys.delete(each.key);
        break;
      case "keepAlive": {
        const answer = this.lessor.keepAlive(each.id);
        assert.equal(answer.outcome === "renewed" ? answer.ttl : undefined, model.keepAlive(each.id, clock.nowMs()));
        break;
      }
      case "checkpoint":
        assert.equal(this.lessor.checkpoint(each.id, each.remaining), model.leases.has(each.id));
        if (model.leases.has(each.id)) model.leases.get(each.id)!.remaining = each.remaining;
        break;
      case "advance":
        clock.advance(each.ms);
        break;
      case "expire":
        assert.deepEqual(this.lessor.expired(clock.nowMs()).sort(), model.expired(clock.nowMs()).sort());
        break;
      case "restart":
        this.lessor = this.#open();
        model.restart(clock.nowMs());
        break;
    }
  }

  compare(): void {
    const nowMs = this.clock.nowMs();
    assert.deepEqual(this.lessor.leases().sort(), [...this.model.leases.keys()].sort());
    for (const [each, lease] of this.model.leases) {
      const left = lease.expiryMs - nowMs;
      const answer = this.lessor.timeToLive(each, { keys: true });
      const keys = [...this.model.keys].filter(([, holder]) => holder === each).map(([name]) => name);
      const wanted = { ttl: Math.floor(left / 1000), grantedTtl: lease.ttl, keys: keys.sort() };
      const names = answer && { ...answer, keys: answer.keys.map((name) => Buffer.from(name).toString()) };
      assert.deepEqual(names, left > 0 ? wanted : undefined);
    }
  }
}

test("a lessor does what a plain list of leases does, under any history, clock and restart", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: "max" }), (steps) => {
      const run = new Run();
      for (const each of steps) {
        run.play(each);
        run.compare();
      }
    }),
    { numRuns: 300 },
  );
});
