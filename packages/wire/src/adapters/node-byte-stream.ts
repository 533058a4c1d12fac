/**
 * A net or TLS socket as a ByteStream.
 */
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { ByteListener, ByteStream, PeerCertificate, PeerInfo, TlsPeer } from "../http2/index.ts";

/** Wraps a connected socket; it takes over the socket's events with `attach`. */
export class NodeByteStream implements ByteStream {
  readonly #socket: Socket;
  #peer: PeerInfo | undefined;
  #error: Error | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    // From here on an error is a closed connection, also while nobody is attached.
    socket.on("error", (error) => {
      this.#error = error;
    });
  }

  get peer(): PeerInfo {
    const socket = this.#socket;
    this.#peer ??= { address: addressOf(socket), tls: socket instanceof TLSSocket ? tlsPeerOf(socket) : undefined };
    return this.#peer;
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Uint8Array): boolean {
    const socket = this.#socket;
    if (!socket.writable) return true;
    // Node counts the chunk itself against the high-water mark even when the kernel took all of it at once.
    return socket.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)) || socket.writableLength === 0;
  }

  end(): void {
    this.#socket.end();
  }

  destroy(reason?: Error): void {
    // The reason is the engine's own; as an error event it would have to be caught by whoever holds the socket.
    void reason;
    this.#socket.destroy();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  attach(listener: ByteListener): void {
    const socket = this.#socket;
    // Asked now, because a socket forgets its address when it closes.
    void this.peer;
    socket.on("data", (chunk: Buffer) => listener.onBytes(chunk));
    socket.on("drain", () => listener.onDrain());
    socket.on("end", () => listener.onEnd());
    if (socket.closed) process.nextTick(() => listener.onClose(this.#error));
    else socket.on("close", () => listener.onClose(this.#error));
  }
}

function addressOf(socket: Socket): string {
  const { remoteAddress, remotePort, remoteFamily } = socket;
  if (remoteAddress === undefined) return "";
  return remoteFamily === "IPv6" ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}

function tlsPeerOf(socket: TLSSocket): TlsPeer {
  const found = socket.getPeerCertificate();
  // Without a certificate Node answers an empty object, against its types.
  const hasCertificate = found !== null && Object.keys(found).length > 0;
  return {
    isVerified: socket.authorized,
    certificate: hasCertificate ? certificateOf(found.subject?.CN, found.subjectaltname) : undefined,
  };
}

/** Reads Node's text form of the subject alternative names: `DNS:a, IP Address:127.0.0.1, URI:x`. */
export function certificateOf(commonName: string | string[] | undefined, names: string | undefined): PeerCertificate {
  const alternatives = splitNames(names ?? "");
  const ofKind = (kind: string) => alternatives.filter(([found]) => found === kind).map(([, value]) => value);
  return {
    commonName: (Array.isArray(commonName) ? commonName[0] : commonName) ?? "",
    dnsNames: ofKind("DNS"),
    ipAddresses: ofKind("IP Address"),
    uris: ofKind("URI"),
  };
}

/** Values with special characters come as JSON strings, so commas in them do not separate (CVE-2021-44532). */
function splitNames(names: string): [kind: string, value: string][] {
  const found: [string, string][] = [];
  const pattern = /(DNS|IP Address|URI|email|othername|Registered ID|DirName):(?:"((?:[^"\\]|\\.)*)"|([^,]*))(?:, |$)/y;
  for (let match = pattern.exec(names); match !== null; match = pattern.exec(names)) {
    found.push([match[1]!, match[2] === undefined ? match[3]! : (JSON.parse(`"${match[2]}"`) as string)]);
  }
  return found;
}
