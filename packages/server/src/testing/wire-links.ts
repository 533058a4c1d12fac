/**
 * The ways from one member to others in simulations: every message is written as bytes and read again, with the codecs and
 * the state of the two streams that real members keep open, in pieces as they come out of a socket. So nothing of one
 * member's memory reaches another, and what the codecs lose is lost.
 */
import { type Message, MessageType } from "@etcd-ts/raft";
import { assert } from "../lib/assert.ts";
import { AppendDecoder, AppendEncoder, EntriesEncoder, MessageDecoder, MessageEncoder } from "../peer/index.ts";

/** Of so many pieces one comes in two parts. */
const wholePieces = 8;

/** All links from one run of a member. */
export class WireLinks {
  readonly #from: bigint;
  readonly #entries = new EntriesEncoder();
  readonly #links = new Map<object, WireLink>();

  constructor(from: bigint) {
    this.#from = from;
  }

  /** The message as its target reads it; `run` stands for one run of the target's process: a new one gets new streams. */
  carry(message: Message, run: object): Message {
    let link = this.#links.get(run);
    if (link === undefined) {
      link = new WireLink(this.#entries, { local: message.to, remote: this.#from });
      this.#links.set(run, link);
    }
    return link.carry(message);
  }
}

class WireLink {
  readonly #append: { readonly encoder: AppendEncoder; readonly decoder: AppendDecoder };
  readonly #general = { encoder: new MessageEncoder(), decoder: new MessageDecoder() };
  #pieces = 0;

  constructor(entries: EntriesEncoder, ends: { readonly local: bigint; readonly remote: bigint }) {
    this.#append = { encoder: new AppendEncoder(entries), decoder: new AppendDecoder(ends) };
  }

  carry(message: Message): Message {
    const { encoder, decoder } = message.type === MessageType.app ? this.#append : this.#general;
    const pieces: Uint8Array[] = [];
    encoder.encode(message, pieces);
    const read: Message[] = [];
    for (const piece of pieces) {
      // Now and then a frame comes in two parts, cut at another place each time: frames break anywhere.
      const turn = this.#pieces++;
      const cut = turn % wholePieces === 0 ? (turn / wholePieces) % (piece.length + 1) : 0;
      if (cut > 0) decoder.push(piece.slice(0, cut), read);
      decoder.push(piece.slice(cut), read);
    }
    assert(read.length === 1, () => `${read.length} messages were read where one was written`);
    return read[0]!;
  }
}
