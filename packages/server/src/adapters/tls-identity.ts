/** Who a TLS client is, by its verified certificate. */
import { checkServerIdentity, type PeerCertificate, type TLSSocket } from "node:tls";

/** The certificate's common name; empty without a verified certificate. */
export function commonNameOf(socket: TLSSocket): string {
  const certificate = verifiedCertificate(socket);
  const name: unknown = certificate?.subject?.CN;
  return typeof name === "string" ? name : "";
}

/** Whether the certificate carries one of these host names or addresses as a subject alternative name. */
export function carriesHostName(certificate: PeerCertificate, hostNames: readonly string[]): boolean {
  // Node would fall back to the common name; Go does not.
  if (certificate.subjectaltname === undefined) return false;
  return hostNames.some((name) => checkServerIdentity(name, certificate) === undefined);
}

/** The client's own certificate, when the handshake has verified one. */
export function verifiedCertificate(socket: TLSSocket): PeerCertificate | undefined {
  if (!socket.authorized) return undefined;
  const certificate = socket.getPeerCertificate();
  return certificate && Object.keys(certificate).length > 0 ? certificate : undefined;
}
