/**
 * The peer's SETTINGS (RFC 9113 section 6.5) and their checks. Unknown settings are ignored; the values start as
 * the specification says and change with every SETTINGS frame.
 */
import { initialTableSizeBytes } from "../hpack/index.ts";
import { ErrorCode, initialWindowSizeBytes, SettingId, windowSizeMax } from "./frames.ts";

const frameSizeMin = 16384;
const frameSizeLimit = 2 ** 24 - 1;
const countedStreamsMax = 2 ** 31 - 1;

/** More settings than this in one frame are a flood, not a wish. */
const settingCountMax = 128;

/** What the peer asks of us. */
export class PeerSettings {
  headerTableSize = initialTableSizeBytes;
  streamCountMax = countedStreamsMax;
  initialWindowSize = initialWindowSizeBytes;
  frameSizeMax = frameSizeMin;

  /** Applies a payload in order; returns the error code of the first bad value, or `noError`. */
  apply(bytes: Uint8Array, start: number, end: number): number {
    if ((end - start) % 6 !== 0) return ErrorCode.frameSizeError;
    if (end - start > 6 * settingCountMax) return ErrorCode.enhanceYourCalm;
    for (let at = start; at < end; at += 6) {
      const value = ((bytes[at + 2]! << 24) | (bytes[at + 3]! << 16) | (bytes[at + 4]! << 8) | bytes[at + 5]!) >>> 0;
      const error = this.#set((bytes[at]! << 8) | bytes[at + 1]!, value);
      if (error !== ErrorCode.noError) return error;
    }
    return ErrorCode.noError;
  }

  #set(id: number, value: number): number {
    if (id === SettingId.headerTableSize) this.headerTableSize = value;
    else if (id === SettingId.enablePush) return value > 1 ? ErrorCode.protocolError : ErrorCode.noError;
    else if (id === SettingId.maxConcurrentStreams) this.streamCountMax = Math.min(value, countedStreamsMax);
    else if (id === SettingId.initialWindowSize) return this.#setWindow(value);
    else if (id === SettingId.maxFrameSize) return this.#setFrameSize(value);
    return ErrorCode.noError;
  }

  #setWindow(value: number): number {
    if (value > windowSizeMax) return ErrorCode.flowControlError;
    this.initialWindowSize = value;
    return ErrorCode.noError;
  }

  #setFrameSize(value: number): number {
    if (value < frameSizeMin || value > frameSizeLimit) return ErrorCode.protocolError;
    // Larger frames gain nothing and make streams wait for each other.
    this.frameSizeMax = frameSizeMin;
    return ErrorCode.noError;
  }
}
