/**
 * Draws the steps of the v2 API from the seed, from a stream of random numbers of their own: the other steps of a
 * schedule stay what they are.
 */
import { SeededRandom } from "@etcd-ts/server/testing";
import type { V2CallSpec, V2Compare, V2FloodSpec, V2WatchSpec } from "./v2-step.ts";

const files = ["/a", "/b", "/d/x", "/d/y", "/d/e/z", "/d/_h/s", "/_h", "/t/u"];
const directories = ["/d", "/d/e", "/t", "/q"];
const ttls = [1, 1, 2, 2, 3, 4, 6, 90];
const meanGapsMs = [80, 150, 300, 600];
const compares: V2Compare[] = ["seenValue", "seenIndex", "seenBoth", "wrongValue", "wrongIndex"];

/** What a step of the v2 API is. */
export type V2Spec = V2CallSpec | V2WatchSpec | V2FloodSpec;

/** The steps with their moments; none in some schedules. */
export function drawV2({ seed, durationMs }: { seed: number; durationMs: number }): { atMs: number; what: V2Spec }[] {
  const draw = new V2Draw(new SeededRandom(seed * 7 + 3_000_000));
  const steps: { atMs: number; what: V2Spec }[] = [];
  const add = (atMs: number, what: V2Spec) => void steps.push({ atMs, what });
  if (draw.oneIn(6)) return steps;
  for (let i = 0; i < 4; i++) add(draw.below(durationMs / 2), draw.watch());
  const meanGapMs = draw.pick(meanGapsMs);
  for (let atMs = draw.below(meanGapMs); atMs < durationMs; atMs += 1 + draw.below(2 * meanGapMs)) {
    const burst = draw.oneIn(8) ? 1 + draw.below(10) : 1;
    for (let i = 0; i < burst; i++) add(atMs + draw.below(3), draw.call());
  }
  for (let i = draw.below(6); i > 0; i--) add(draw.below(durationMs), draw.watch());
  const floods = draw.oneIn(12) ? 5 : 0;
  for (let i = 0; i < floods; i++) add(draw.below(durationMs), { kind: "v2flood", count: 150 + draw.below(200) });
  return steps;
}

class V2Draw {
  readonly #random: SeededRandom;
  #values = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  below(bound: number): number {
    return this.#random.below(Math.max(1, Math.floor(bound)));
  }

  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }

  call(): V2CallSpec {
    const dice = this.below(100);
    if (dice < 22) return this.#write("set", { compare: "none" });
    if (dice < 28) return this.#write("create", { compare: "none" });
    if (dice < 34) return { ...this.#write("createInOrder", { compare: "none" }), key: "/q" };
    if (dice < 42) return this.#write("update", { compare: "none" });
    if (dice < 54) return this.#write("set", { compare: this.pick(compares) });
    if (dice < 60) return this.#renewal();
    if (dice < 65) return this.#directory();
    if (dice < 78) return this.#delete();
    return this.#read();
  }

  watch(): V2WatchSpec {
    return {
      kind: "v2watch",
      key: this.oneIn(3) ? "/" : this.pick(this.oneIn(2) ? files : directories),
      recursive: !this.oneIn(3),
      stream: this.oneIn(3),
      back: this.oneIn(2) ? undefined : this.below(60) - 5,
    };
  }

  #write(what: V2CallSpec["what"], { compare }: { compare: V2Compare }): V2CallSpec {
    const value = `w${++this.#values}`;
    return { ...this.#bare(what, this.#file()), value, compare, ttl: this.#ttl(4), noValueOnSuccess: this.oneIn(12) };
  }

  /** A renewal of a time to live, mostly of a key that has one. */
  #renewal(): V2CallSpec {
    const what = this.oneIn(4) ? "set" : "update";
    const compare = this.oneIn(4) ? this.pick(compares) : "none";
    return { ...this.#bare(what, this.#file()), refresh: true, compare, ttl: this.#ttl(1) };
  }

  #directory(): V2CallSpec {
    const what = this.pick(["set", "create", "update", "update"] as const);
    return { ...this.#bare(what, this.pick(directories)), dir: true, ttl: this.#ttl(2) };
  }

  #delete(): V2CallSpec {
    const dice = this.below(10);
    const compare = dice < 4 ? this.pick(compares) : "none";
    if (dice < 6) return { ...this.#bare("delete", this.#file()), compare };
    const dir = this.oneIn(3);
    return { ...this.#bare("delete", this.pick(directories)), dir, recursive: !dir || this.oneIn(2) };
  }

  #read(): V2CallSpec {
    const key = this.oneIn(2) ? "/" : this.oneIn(3) ? this.pick(directories) : this.#file();
    return { ...this.#bare("read", key), recursive: !this.oneIn(3), quorum: this.oneIn(2) };
  }

  #bare(what: V2CallSpec["what"], key: string): V2CallSpec {
    return {
      kind: "v2",
      what,
      key,
      value: "",
      compare: "none",
      dir: false,
      ttl: undefined,
      refresh: false,
      recursive: false,
      quorum: false,
      noValueOnSuccess: false,
    };
  }

  /** Now and then a key below a file, or a directory in place of one. */
  #file(): string {
    if (this.oneIn(25)) return this.pick(directories);
    return this.oneIn(25) ? `${this.pick(files)}/below` : this.pick(files);
  }

  #ttl(n: number): number | undefined {
    return this.oneIn(n) ? this.pick(ttls) : undefined;
  }
}
