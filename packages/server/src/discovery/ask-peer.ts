/** Asking a machine at its peer address for text, as releases before 2.0 did: a follower may send on to the leader. */
import type { PeerClient } from "../ports/index.ts";

/** What to ask. */
export interface PeerQuestion {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: string;
}

/** The answer; status 0 when there was none, with the reason as text. */
export interface PeerReply {
  readonly status: number;
  readonly text: string;
}

const redirectsMax = 10;

/** Asks, and follows redirects; never rejects. */
export async function askPeer(client: PeerClient, url: string, question: PeerQuestion): Promise<PeerReply> {
  let [at, path] = [url, question.path];
  const body = new TextEncoder().encode(question.body ?? "");
  try {
    for (let redirects = 0; redirects <= redirectsMax; redirects++) {
      const answer = await client.ask(at, { method: question.method, path, body });
      const { location } = answer.headers;
      if (answer.status !== 307 || location === undefined) {
        return { status: answer.status, text: new TextDecoder().decode(answer.body) };
      }
      const target = new URL(location, at);
      [at, path] = [target.origin, target.pathname];
    }
    return { status: 0, text: `stopped after ${redirectsMax} redirects` };
  } catch (error) {
    return { status: 0, text: (error as Error).message.trim().replace(/\s+/g, " ") };
  }
}
