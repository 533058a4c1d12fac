/**
 * The receiving side that all gRPC calls share, server and client: cutting DATA payload into messages, checking their
 * size and inflating them. The common case, one whole message in one frame, is handed over in place.
 */

import { Http2Stream } from "../http2/index.ts";
import { assert } from "../lib/index.ts";
import type { MessageCodec } from "./compression.ts";
import { MessageAssembly, messageSizeAt, prefixSize } from "./message-assembly.ts";
import { GrpcCode } from "./status.ts";

/** What limits the incoming messages of the calls of one connection. */
export interface MessageIntake {
  readonly codecs: readonly MessageCodec[];
  readonly messageSizeMax: number;
  /** Bytes of unfinished messages on the connection, and their bound. */
  assemblyBytes: number;
  readonly assemblySizeMax: number;
}

/** A stream of gRPC messages. */
export abstract class GrpcStream extends Http2Stream {
  #assembly: MessageAssembly | undefined = undefined;

  /** A whole message, inflated. */
  protected abstract onWholeMessage(message: Uint8Array): void;
  /** The peer sent something that is no acceptable message: the call ends with this status. */
  protected abstract onBadMessage(code: number, message: string): void;
  /** Limits and codecs. */
  protected abstract get intake(): MessageIntake;
  /** The peer's `grpc-encoding`, or the empty string. */
  protected abstract get peerEncoding(): string;
  /** Whether messages are still wanted. */
  protected abstract get wantsMessages(): boolean;

  /** Whether part of a message has come and the rest has not. */
  protected get isMidMessage(): boolean {
    return this.#assembly !== undefined;
  }

  override onData(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at < end && this.wantsMessages) {
      const bodyAt = at + prefixSize;
      if (this.#assembly === undefined && bodyAt <= end) {
        const size = messageSizeAt(bytes, at);
        if (size <= end - bodyAt && size <= this.intake.messageSizeMax) {
          const message = new Uint8Array(bytes.buffer, bytes.byteOffset + bodyAt, size);
          if (bytes[at] === 0) this.onWholeMessage(message);
          else this.#coded(bytes[at]!, message);
          at = bodyAt + size;
          continue;
        }
      }
      at = this.#assemble(bytes, at, end);
    }
  }

  /** Gives back the memory of an unfinished message; to be called when the call ends. */
  protected dropAssembly(): void {
    if (this.#assembly === undefined) return;
    this.intake.assemblyBytes -= this.#assembly.heldBytes;
    this.#assembly = undefined;
  }

  #assemble(bytes: Uint8Array, start: number, end: number): number {
    this.#assembly ??= new MessageAssembly();
    const assembly = this.#assembly;
    let at = assembly.takePrefix(bytes, start, end);
    if (assembly.sizeBytes < 0) return at;
    if (assembly.sizeBytes > this.intake.messageSizeMax) return this.#tooLarge(assembly.sizeBytes, end);
    const heldBefore = assembly.heldBytes;
    at = assembly.takeBody(bytes, at, end);
    this.intake.assemblyBytes += assembly.heldBytes - heldBefore;
    if (assembly.isComplete) {
      this.dropAssembly();
      if (assembly.flag === 0) this.onWholeMessage(assembly.message());
      else this.#coded(assembly.flag, assembly.message());
    } else if (this.intake.assemblyBytes > this.intake.assemblySizeMax) {
      this.dropAssembly();
      this.onBadMessage(GrpcCode.resourceExhausted, "grpc: too many unfinished messages on the connection");
      return end;
    }
    return at;
  }

  #tooLarge(sizeBytes: number, end: number): number {
    this.dropAssembly();
    const limit = this.intake.messageSizeMax;
    this.onBadMessage(GrpcCode.resourceExhausted, `grpc: received message larger than max (${sizeBytes} vs. ${limit})`);
    return end;
  }

  #coded(flag: number, message: Uint8Array): void {
    const encoding = this.peerEncoding;
    if (flag !== 1) {
      this.onBadMessage(GrpcCode.internal, `grpc: received unexpected payload format ${flag}`);
      return;
    }
    if (encoding === "" || encoding === "identity") {
      this.onBadMessage(GrpcCode.internal, "grpc: compressed flag set with identity or empty encoding");
      return;
    }
    const codec = this.intake.codecs.find((candidate) => candidate.name === encoding);
    if (codec === undefined) {
      const text = `grpc: Decompressor is not installed for grpc-encoding ${JSON.stringify(encoding)}`;
      this.onBadMessage(GrpcCode.unimplemented, text);
    } else this.#inflate(codec, message);
  }

  #inflate(codec: MessageCodec, message: Uint8Array): void {
    const limit = this.intake.messageSizeMax;
    const inflated = codec.decompress(message, limit);
    if (inflated === "invalid") {
      this.onBadMessage(
        GrpcCode.internal,
        `grpc: failed to decompress the received message: ${codec.name}: invalid data`,
      );
    } else if (inflated === "tooLarge") {
      const text = `grpc: received message after decompression larger than max (${limit + 1} vs. ${limit})`;
      this.onBadMessage(GrpcCode.resourceExhausted, text);
    } else {
      assert(inflated.length <= limit, "a codec inflated beyond its limit");
      this.onWholeMessage(inflated);
    }
  }
}
