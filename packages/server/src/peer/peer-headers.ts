/**
 * The headers by which members identify themselves to each other, and the checks that decide whether two may talk:
 * same cluster, versions that can live together. Texts and status codes are etcd's, because Go members act on them.
 */
import { formatId } from "../membership/index.ts";
import type { LinkAnswer, LinkHeaders, PeerIdentity } from "../ports/index.ts";

/** The oldest cluster version that a member of this release works with, as etcd tells it. */
export const minClusterVersion = "3.0.0";
/** What a member that does not tell its version is. */
const oldestVersion = "2.0.0";

/** Texts that Go members compare with. */
export const refusals = {
  clusterId: "cluster ID mismatch",
  version: "incompatible version",
  removedStream: "removed member",
  removedMessage: "cannot process message from removed member",
  wrongMember: "cannot process message to mismatch member",
  unknownSender: "error sender not found",
  wrongTarget: "to field mismatch",
} as const;

/** The headers of a request to another member. */
export function requestHeaders(self: PeerIdentity): Record<string, string> {
  return {
    "X-Server-From": formatId(self.memberId),
    "X-Server-Version": self.version,
    "X-Min-Cluster-Version": minClusterVersion,
    "X-Etcd-Cluster-ID": formatId(self.clusterId),
    "X-PeerURLs": self.advertisePeerUrls.join(","),
  };
}

/** The headers of every answer. */
export function answerHeaders(self: PeerIdentity): Record<string, string> {
  return { "X-Etcd-Cluster-ID": formatId(self.clusterId), "X-Server-Version": self.version };
}

/** Why a request is refused with status 412; undefined when the two may talk. */
export function incompatibility(headers: LinkHeaders, self: PeerIdentity): string | undefined {
  const remoteVersion = headers["x-server-version"] ?? oldestVersion;
  const remoteMinimum = headers["x-min-cluster-version"] ?? oldestVersion;
  if (compareMinor(remoteVersion, minClusterVersion) < 0) return refusals.version;
  if (compareMinor(remoteMinimum, self.version) > 0) return refusals.version;
  return headers["x-etcd-cluster-id"] === formatId(self.clusterId) ? undefined : refusals.clusterId;
}

/** Orders versions by major and minor number; what is no version comes before all. */
export function compareMinor(left: string, right: string): number {
  const [a, b] = [minorOf(left), minorOf(right)];
  return a.major === b.major ? a.minor - b.minor : a.major - b.major;
}

function minorOf(version: string): { major: number; minor: number } {
  const match = /^(\d+)\.(\d+)\.\d+/.exec(version);
  return match === null ? { major: 0, minor: 0 } : { major: Number(match[1]), minor: Number(match[2]) };
}

/** An answer in plain text, with the line end that Go adds. */
export function textAnswer(self: PeerIdentity, status: number, text: string): LinkAnswer {
  const headers = { ...answerHeaders(self), "Content-Type": "text/plain; charset=utf-8" };
  return { status, headers, body: new TextEncoder().encode(`${text}\n`) };
}

/** An answer without a body. */
export function emptyAnswer(self: PeerIdentity, status: number): LinkAnswer {
  return { status, headers: answerHeaders(self), body: new Uint8Array(0) };
}

/** The text of an answer, without its line end. */
export function textOf({ body }: LinkAnswer): string {
  return new TextDecoder().decode(body).replace(/\n$/, "");
}
