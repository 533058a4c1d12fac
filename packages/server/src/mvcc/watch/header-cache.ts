/**
 * The field `header` of a WatchResponse, encoded once for a revision and shared by all answers that carry it.
 */
import { ResponseHeader } from "@etcd-ts/proto";

/** Where headers come from: ids and term of this member, with the given revision. */
export interface HeaderSource {
  at(revision: number): ResponseHeader;
}

const TAG_HEADER = 0x0a;

/** Encoded headers; remembers the last one. */
export class HeaderCache {
  readonly #source: HeaderSource;
  #last: ResponseHeader | undefined;
  #field: Uint8Array = new Uint8Array(0);

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
    const last = this.#last;
    if (last !== undefined && last.revision === revision && last.raftTerm === header.raftTerm) return this.#field;
    const message = ResponseHeader.encode(header);
    this.#field = new Uint8Array(2 + message.length);
    // A header has at most 44 bytes, so that its length takes one.
    this.#field.set([TAG_HEADER, message.length]);
    this.#field.set(message, 2);
    this.#last = header;
    return this.#field;
  }
}
