import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Interval, IntervalTree } from "./interval-tree.ts";

const letters = "abcdefgh";
const place = fc.nat(letters.length - 1);
const interval = fc.tuple(place, fc.integer({ min: 1, max: letters.length })).map(([from, length]): Interval => {
  const end = letters[from + length];
  return { start: letters[from]!, end };
});
const steps = fc.array(fc.tuple(fc.boolean(), interval, fc.nat(5)), { maxLength: 150, size: "max" });

function held(tree: IntervalTree<number>, key: string): number[] {
  const found: number[] = [];
  tree.forEachHolding(key, (member) => found.push(member));
  return found.sort((a, b) => a - b);
}

test("an interval tree finds what a search through all intervals finds, through adds and removals", () => {
  fc.assert(
    fc.property(steps, (script) => {
      const tree = new IntervalTree<number>();
      const plain = new Map<string, { at: Interval; member: number }>();
      for (const [adds, at, member] of script) {
        const name = `${at.start} ${at.end} ${member}`;
        if (adds) {
          tree.add(at, member);
          plain.set(name, { at, member });
        } else if (plain.delete(name)) tree.remove(at, member);
      }
      for (const key of [...letters, "a\0", "hh", ""]) {
        const wanted = [...plain.values()].filter(
          ({ at }) => at.start <= key && (at.end === undefined || key < at.end),
        );
        assert.deepEqual(
          held(tree, key),
          wanted.map((each) => each.member).sort((a, b) => a - b),
        );
      }
    }),
    { numRuns: 500 },
  );
});

test("taking a member out of an interval it is not in is refused", () => {
  const tree = new IntervalTree<number>();
  tree.add({ start: "a", end: "c" }, 1);
  assert.throws(() => tree.remove({ start: "a", end: "d" }, 1), /not in this interval/);
  assert.throws(() => tree.remove({ start: "a", end: "c" }, 2), /not in this interval/);
});

test("a hundred thousand ascending intervals do not make the tree deep", () => {
  const tree = new IntervalTree<number>();
  for (let i = 0; i < 100_000; i++) {
    const start = String.fromCharCode(i >> 16, (i >> 8) & 255, i & 255);
    tree.add({ start, end: `${start}\0` }, i);
  }
  assert.deepEqual(held(tree, String.fromCharCode(0, 3, 7)), [775]);
});
