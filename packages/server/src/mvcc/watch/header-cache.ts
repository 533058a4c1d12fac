/**
 * The field `header` of a WatchResponse, encoded once for a revision and shared by all answers that carry it.
 * The ids of a member never change, so that revision and term tell two headers apart.
 */
import { ResponseHeader } from "@etcd-ts/proto";

/** Where headers come from: ids and term of this member, with the given revision. */
export interface HeaderSource {
  at(revision: number): ResponseHeader;
}

const TAG_HEADER = 0x0a;
/** Remembered headers; a batch of revisions goes to many streams in turn. */
const SLOTS = 64;

interface Slot {
  readonly revision: number;
  readonly raftTerm: number;
  readonly field: Uint8Array;
}

/** Encoded headers; remembers the last ones. */
export class HeaderCache {
  readonly #source: HeaderSource;
  readonly #slots = new Array<Slot | undefined>(SLOTS).fill(undefined);

  constructor(source: HeaderSource) {
    this.#source = source;
  }

  /** The header itself, for answers that are encoded whole. */
  at(revision: number): ResponseHeader {
    return this.#source.at(revision);
  }

  /** The encoded field, tag and length included; must not be changed. */
  field(revision: number): Uint8Array {
    const header = this.#source.at(revision);
    const slot = this.#slots[revision % SLOTS];
    if (slot !== undefined && slot.revision === revision && slot.raftTerm === header.raftTerm) return slot.field;
    const field = encodeField(header);
    this.#slots[revision % SLOTS] = { revision, raftTerm: header.raftTerm, field };
    return field;
  }
}

function encodeField(header: ResponseHeader): Uint8Array {
  const message = ResponseHeader.encode(header);
  // A header has at most 44 bytes, so that its length takes one.
  return Uint8Array.of(TAG_HEADER, message.length, ...message);
}
