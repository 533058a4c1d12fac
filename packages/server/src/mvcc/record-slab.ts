/**
 * Encodes small records into shared slabs: one allocation for hundreds of records, and one memory address for LMDB to look
 * up. A record is never changed once it is written. Large records get memory of their own, so that keeping a small record
 * never keeps a large one.
 */
import { KeyValue } from "@etcd-ts/proto";

const SLAB_BYTES = 64 * 1024;
const RECORD_BYTES_MAX = 4 * 1024;

/** One writer of records. */
export class RecordSlab {
  #slab = new Uint8Array(0);
  #used = 0;

  /** The encoded KeyValue; copies what it is given. */
  encode(kv: KeyValue): Uint8Array {
    const size = KeyValue.sizeOf(kv);
    if (size > RECORD_BYTES_MAX) return KeyValue.encode(kv);
    if (this.#used + size > this.#slab.length) {
      this.#slab = new Uint8Array(SLAB_BYTES);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used = KeyValue.encodeInto(kv, this.#slab, start);
    return this.#slab.subarray(start, this.#used);
  }
}
