/**
 * Versions in order, 16 bytes each and in blocks: a million of them cost no objects, and none is copied when more come.
 */
const BLOCK_NUMBERS = 8192;

/** A list that only grows. */
export class VersionList {
  readonly #blocks: number[][] = [[]];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(main: number, sub: number): void {
    let block = this.#blocks[this.#blocks.length - 1]!;
    if (block.length === BLOCK_NUMBERS) {
      block = [];
      this.#blocks.push(block);
    }
    block.push(main, sub);
    this.#length++;
  }

  /** The version at a place, from 0. */
  at(place: number): { main: number; sub: number } {
    const number = place * 2;
    const block = this.#blocks[Math.floor(number / BLOCK_NUMBERS)]!;
    return { main: block[number % BLOCK_NUMBERS]!, sub: block[(number % BLOCK_NUMBERS) + 1]! };
  }
}
