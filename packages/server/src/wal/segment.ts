/** A segment while it is open, and how its first bytes get there. */
import type { raftpb } from "@etcd-ts/proto";
import type { DiskFile } from "../ports/index.ts";
import type { RecordEncoder } from "./record-encoder.ts";
import type { SegmentName } from "./segment-name.ts";

/** A segment's open, locked file. */
export interface Segment {
  readonly file: DiskFile;
  readonly name: SegmentName;
}

/** The records every segment begins with, behind the checksum so far. */
export function encodeSegmentHead(
  encoder: RecordEncoder,
  head: { metadata: Uint8Array; hardState: raftpb.HardState },
): void {
  const { term, vote, commit } = head.hardState;
  encoder.chainedCrc();
  encoder.metadata(head.metadata);
  if (term !== 0 || vote !== 0n || commit !== 0) encoder.hardState(head.hardState);
}

/** Resolves when the bytes are written at the start of the file. */
export function written(file: DiskFile, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    file.write([bytes], 0, (error) => {
      if (error === undefined) resolve();
      else reject(error);
    });
  });
}
