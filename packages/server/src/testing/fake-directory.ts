/**
 * One directory of the fake disk: the names the system shows, the names a power cut leaves for certain, and the
 * changes between them in order. A rename is one change. After a power cut a directory holds the names of some moment
 * between its last sync and the cut: journals keep order within a directory, but promise nothing across two.
 */
import type { Random } from "../ports/index.ts";
import { type FakeFile, keptCount, type Survival } from "./fake-file.ts";

/** What a name stands for. */
export type FakeNode = FakeFile | FakeDirectory;

/** Names set (to a node) or removed (undefined) together. */
type NameChange = readonly (readonly [name: string, node: FakeNode | undefined])[];

/** Names with a past. */
export class FakeDirectory {
  readonly kind = "directory";
  readonly sizeBytes = 0;
  readonly #current: Map<string, FakeNode>;
  readonly #durable: Map<string, FakeNode>;
  readonly #unsynced: NameChange[] = [];

  constructor(names: ReadonlyMap<string, FakeNode> = new Map()) {
    this.#current = new Map(names);
    this.#durable = new Map(names);
  }

  get(name: string): FakeNode | undefined {
    return this.#current.get(name);
  }

  names(): string[] {
    return [...this.#current.keys()].sort();
  }

  nodes(): FakeNode[] {
    return [...this.#current.values()];
  }

  change(change: NameChange): void {
    apply(change, this.#current);
    this.#unsynced.push(change);
  }

  get unsyncedCount(): number {
    return this.#unsynced.length;
  }

  /** Makes the first `count` unsynced changes durable. */
  sync(count: number): void {
    for (const change of this.#unsynced.splice(0, count)) apply(change, this.#durable);
  }

  /** The directory, with all below it, as it is found after a power cut. */
  afterPowerCut(survival: Survival, random: Random): FakeDirectory {
    const names = new Map(this.#durable);
    const kept = keptCount(survival, this.#unsynced.length, random);
    for (const change of this.#unsynced.slice(0, kept)) apply(change, names);
    const found = [...names].map(([name, node]) => [name, node.afterPowerCut(survival, random)] as const);
    return new FakeDirectory(new Map(found));
  }
}

function apply(change: NameChange, names: Map<string, FakeNode>): void {
  for (const [name, node] of change) {
    if (node === undefined) names.delete(name);
    else names.set(name, node);
  }
}
