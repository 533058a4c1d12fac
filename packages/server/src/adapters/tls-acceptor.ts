/**
 * Turns accepted sockets into TLS connections: handshake with a deadline, certificates as fresh as their files, and the
 * checks of a client's certificate that TLS itself does not make (host names, common names, the address it is shown
 * from). Whoever fails is gone before anything else sees the connection.
 */
import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { assert } from "../lib/assert.ts";
import type { CertificateNames } from "../peer/index.ts";
import type { Clock, Logger, Timer } from "../ports/index.ts";
import { RejectionLog } from "./rejection-log.ts";
import { alternativeNamesOf, bearsAllowedName, verifiedCertificate } from "./tls-identity.ts";
import type { TlsMaterial } from "./tls-material.ts";

/** What a listener needs to speak TLS. */
export interface TlsAcceptorOptions {
  readonly material: TlsMaterial;
  readonly clock: Clock;
  readonly log: Logger;
  /** Names the listener in logs: `client` or `peer`. */
  readonly side: "client" | "peer";
  /** Gets every connection that passed, and the one it wraps; `alpnProtocol` tells what was agreed on. */
  readonly onConnection: (socket: TLSSocket, raw: Socket) => void;
  /** Why a certificate with these names is not to be shown from an address; absent: it may be shown from anywhere. */
  readonly checkAddress?: ((names: CertificateNames, remoteAddress: string) => Promise<string | undefined>) | undefined;
  readonly alpnProtocols?: readonly string[];
  readonly handshakeTimeoutMs?: number;
}

const HANDSHAKE_TIMEOUT_MS = 10_000;

export class TlsAcceptor {
  readonly #options: TlsAcceptorOptions;
  /** Never listens: it only speaks TLS on the sockets it is given. */
  readonly #server: Server;
  /** By the socket under the TLS connection; Node's own timeout starts anew with every byte a slow client sends. */
  readonly #deadlines = new Map<Socket, Timer>();
  readonly #rejections: RejectionLog;
  /** What the server speaks TLS by. */
  #context: TlsMaterial["context"];

  constructor(options: TlsAcceptorOptions) {
    const { material, alpnProtocols } = options;
    this.#options = options;
    this.#rejections = new RejectionLog(options);
    this.#context = material.context;
    this.#server = createServer({
      ...material.context,
      requestCert: material.requiresClientCertificate,
      rejectUnauthorized: true,
      // In our order of preference. gRPC clients offer HTTP/2 alone; who offers both, like curl, wants a page or the v2 API,
      // and those are served over HTTP/1.1.
      ALPNProtocols: [...(alpnProtocols ?? ["http/1.1", "h2"])],
    });
    this.#server.on("secureConnection", (socket) => void this.#admit(socket));
    this.#server.on("tlsClientError", (error, socket) => this.#reject(socket, error));
  }

  /** Takes over a fresh connection. */
  accept(raw: Socket): void {
    const { material, clock, handshakeTimeoutMs } = this.#options;
    material.refresh();
    // Others who use the material may have found the change first.
    if (material.context !== this.#context) {
      this.#context = material.context;
      this.#server.setSecureContext(material.context);
    }
    this.#deadlines.set(
      raw,
      clock.setTimer(handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS, () => raw.destroy()),
    );
    raw.on("close", () => this.#settle(raw));
    raw.on("error", () => {});
    this.#server.emit("connection", raw);
  }

  /** Handshakes under way. */
  get pendingCount(): number {
    return this.#deadlines.size;
  }

  #settle(raw: Socket): void {
    this.#deadlines.get(raw)?.cancel();
    this.#deadlines.delete(raw);
  }

  /** The deadline of the handshake covers the look-ups of names too. */
  async #admit(socket: TLSSocket): Promise<void> {
    // Node names the wrapped socket nowhere else.
    const raw = (socket as { _parent?: Socket })._parent;
    assert(raw !== undefined, "a TLS socket knows the socket it wraps");
    socket.on("error", () => {});
    const refusal = this.#refuse(socket) ?? (await this.#refuseAddress(socket));
    if (socket.destroyed) return;
    this.#settle(raw);
    if (refusal === undefined) this.#options.onConnection(socket, raw);
    else this.#reject(socket, new Error(refusal));
  }

  async #refuseAddress(socket: TLSSocket): Promise<string | undefined> {
    const { checkAddress, material } = this.#options;
    const certificate = verifiedCertificate(socket);
    if (checkAddress === undefined || !material.requiresClientCertificate || certificate === undefined)
      return undefined;
    return socket.remoteAddress && checkAddress(alternativeNamesOf(certificate), socket.remoteAddress);
  }

  #refuse(socket: TLSSocket): string | undefined {
    const { material } = this.#options;
    if (!material.requiresClientCertificate) return undefined;
    const certificate = verifiedCertificate(socket);
    const isAllowed = certificate !== undefined && bearsAllowedName(certificate, material);
    return isAllowed ? undefined : "client certificate authentication failed";
  }

  #reject(socket: TLSSocket, failure: NodeJS.ErrnoException): void {
    const { log, side } = this.#options;
    // Node hangs up on a certificate that it cannot verify, and tells of the hanging up alone.
    const unverified = socket.authorizationError as Error | string | null | undefined;
    const error: NodeJS.ErrnoException = unverified ? new Error(`client certificate: ${unverified}`) : failure;
    const message = `rejected connection on ${side} endpoint`;
    const fields = {
      "remote-addr": `${socket.remoteAddress}:${socket.remotePort}`,
      "server-name": (socket as { servername?: string | false }).servername || "",
      error,
    };
    // A client that just leaves is no news.
    if (error.code === "ECONNRESET") log.debug(message, fields);
    else this.#rejections.warn(message, { source: socket.remoteAddress ?? "", reason: error.message }, fields);
    socket.destroy();
  }
}
