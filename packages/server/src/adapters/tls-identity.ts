/** Who a TLS client is, by its verified certificate. */
import { checkServerIdentity, type PeerCertificate, type TLSSocket } from "node:tls";
import type { CertificateNames } from "../peer/index.ts";

/** The certificate's common name; empty without a verified certificate. */
export function commonNameOf(socket: TLSSocket): string {
  const certificate = verifiedCertificate(socket);
  const name: unknown = certificate?.subject?.CN;
  return typeof name === "string" ? name : "";
}

/** Whether the certificate carries one of these host names or addresses as a subject alternative name. */
function carriesHostName(certificate: PeerCertificate, hostNames: readonly string[]): boolean {
  // Node would fall back to the common name; Go does not.
  if (certificate.subjectaltname === undefined) return false;
  return hostNames.some((name) => checkServerIdentity(name, certificate) === undefined);
}

/** The names of which a certificate must carry one, of each kind that is not empty. */
export interface AllowedNames {
  readonly allowedHostnames: readonly string[];
  readonly allowedCommonNames: readonly string[];
}

/** Whether a verified certificate carries the names that are asked for. */
export function bearsAllowedName(
  certificate: PeerCertificate,
  { allowedHostnames, allowedCommonNames }: AllowedNames,
): boolean {
  const commonName: unknown = certificate.subject?.CN;
  return (
    (allowedHostnames.length === 0 || carriesHostName(certificate, allowedHostnames)) &&
    (allowedCommonNames.length === 0 || allowedCommonNames.includes(typeof commonName === "string" ? commonName : ""))
  );
}

/** The certificate's alternative names. Node tells them in one line: `DNS:a, IP Address:10.0.0.1, URI:"with, a comma"`. */
export function alternativeNamesOf({ subjectaltname = "" }: PeerCertificate): CertificateNames {
  const names = subjectaltname.match(/[^:,]+:("(?:[^"\\]|\\.)*"|[^,]*)/g) ?? [];
  const ofKind = (kind: string) =>
    names.filter((name) => name.trimStart().startsWith(kind)).map((name) => name.trimStart().slice(kind.length));
  return { addresses: ofKind("IP Address:"), hosts: ofKind("DNS:") };
}

/** The client's own certificate, when the handshake has verified one. */
export function verifiedCertificate(socket: TLSSocket): PeerCertificate | undefined {
  if (!socket.authorized) return undefined;
  const certificate = socket.getPeerCertificate();
  return certificate && Object.keys(certificate).length > 0 ? certificate : undefined;
}
