/**
 * Names of segments: `%016x-%016x.wal`, a sequence number that grows by one from segment to segment, and the index of
 * the first entry that may be in it. Other files in the directory (`.tmp`, `.broken`) are not segments.
 */
import type { Disk } from "../ports/index.ts";
import { WalCorruptionError } from "./wal-errors.ts";

const pattern = /^([0-9a-f]{16})-([0-9a-f]{16})\.wal$/;

/** A segment's name taken apart. */
export interface SegmentName {
  readonly name: string;
  readonly sequence: number;
  readonly firstIndex: number;
}

/** The name of a segment. */
export function formatSegmentName(sequence: number, firstIndex: number): string {
  return `${hex(sequence)}-${hex(firstIndex)}.wal`;
}

/** Undefined when the name is not a segment's. */
export function parseSegmentName(name: string): SegmentName | undefined {
  const found = pattern.exec(name);
  if (found === null) return undefined;
  const sequence = Number.parseInt(found[1]!, 16);
  const firstIndex = Number.parseInt(found[2]!, 16);
  return Number.isSafeInteger(sequence) && Number.isSafeInteger(firstIndex)
    ? { name, sequence, firstIndex }
    : undefined;
}

/** The segments in a directory, oldest first; none when there is no such directory. */
export async function listSegments(disk: Disk, dir: string): Promise<SegmentName[]> {
  if ((await disk.stat(dir)) === undefined) return [];
  const names = await disk.readdir(dir);
  return names.map(parseSegmentName).filter((name) => name !== undefined);
}

/**
 * The segments that hold everything behind `index`: from the last one that may begin with it or before it.
 * Throws `WalCorruptionError` when there is none, or when one in between is missing.
 */
export function segmentsFrom(names: readonly SegmentName[], dir: string, index: number): SegmentName[] {
  const first = names.findLastIndex((name) => name.firstIndex <= index);
  if (first < 0) throw missing(dir, `a segment that begins at or before index ${index}`, names[0]?.name ?? "none");
  const chosen = names.slice(first);
  for (const [i, name] of chosen.entries()) {
    const expected = chosen[0]!.sequence + i;
    if (name.sequence !== expected) throw missing(dir, `segment ${expected} in the sequence`, name.name);
  }
  return chosen;
}

function missing(dir: string, expected: string, found: string): WalCorruptionError {
  return new WalCorruptionError({ file: dir, offset: 0, expected, found });
}

function hex(value: number): string {
  return value.toString(16).padStart(16, "0");
}
