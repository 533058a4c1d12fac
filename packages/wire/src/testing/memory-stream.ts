/**
 * Two connected byte streams in memory. Bytes travel when `deliver` is called, whole writes or cut into pieces, so a
 * test decides what arrives together. Writing answers false above a high-water mark, as a socket does.
 */
import type { ByteListener, ByteStream, PeerInfo } from "../http2/index.ts";

const highWaterSize = 256 * 1024;

/** One end of a pair. */
export class MemoryStream implements ByteStream {
  readonly peer: PeerInfo;
  /** Written and not yet delivered. */
  readonly outgoing: Uint8Array[] = [];
  /** Every write so far. */
  writeCount = 0;
  isPaused = false;
  isEnded = false;
  isDestroyed = false;
  /** The other end. */
  other: MemoryStream | undefined;
  #listener: ByteListener | undefined;
  #needsDrain = false;
  #endDelivered = false;

  constructor(address: string) {
    this.peer = { address, tls: undefined };
  }

  /** Two ends that are connected to each other. */
  static pair(): [MemoryStream, MemoryStream] {
    const one = new MemoryStream("127.0.0.1:1");
    const two = new MemoryStream("127.0.0.1:2");
    one.other = two;
    two.other = one;
    return [one, two];
  }

  write(bytes: Uint8Array): boolean {
    if (this.isDestroyed || this.isEnded) return true;
    this.writeCount++;
    this.outgoing.push(bytes);
    this.#needsDrain = this.queuedBytes > highWaterSize;
    return !this.#needsDrain;
  }

  /** Bytes written and not yet delivered. */
  get queuedBytes(): number {
    return this.outgoing.reduce((sum, bytes) => sum + bytes.length, 0);
  }

  end(): void {
    this.isEnded = true;
  }

  destroy(): void {
    if (this.isDestroyed) return;
    this.isDestroyed = true;
    this.outgoing.length = 0;
    this.#listener?.onClose();
    this.other?.destroy();
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  attach(listener: ByteListener): void {
    this.#listener = listener;
  }

  /** Hands what this end wrote to the other end; true when something moved. */
  deliver(cut: (bytes: Uint8Array) => Uint8Array[] = (bytes) => [bytes]): boolean {
    const { other } = this;
    if (other === undefined || other.isPaused || other.#listener === undefined || this.isDestroyed) return false;
    const chunks = this.outgoing.splice(0);
    for (const chunk of chunks) for (const piece of cut(chunk)) other.#listener.onBytes(piece);
    if (this.isEnded && !this.#endDelivered && !other.isDestroyed) {
      this.#endDelivered = true;
      other.#listener.onEnd();
    }
    if (this.#needsDrain) {
      this.#needsDrain = false;
      this.#listener?.onDrain();
    }
    return chunks.length > 0;
  }
}
