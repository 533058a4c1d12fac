/** Members that are wrong on purpose in what they tell each other, or remember of it. See mutations.ts. */
import { type Message, MessageType } from "@etcd-ts/raft";
import type { MemberPorts, PeerNetwork, PeerReceiver } from "@etcd-ts/server";
import { forwarding } from "./forwarding.ts";

/** Hears a message that is sent or received, and may add messages of its own. */
interface Interference {
  sending?(message: Message, receive: (message: Message) => void): void;
  receiving?(message: Message, send: (message: Message) => void): void;
}

/** Ports whose network interferes with the consensus core. */
export function withNetwork(ports: MemberPorts, { sending, receiving }: Interference): MemberPorts {
  return {
    ...ports,
    openNetwork: (self) => {
      const network = ports.openNetwork(self);
      let receiver: PeerReceiver | undefined;
      const later = (message: Message) => void ports.clock.setTimer(0, () => receiver?.onMessages([message]));
      return forwarding<PeerNetwork>(network, {
        start: (target: PeerReceiver) => {
          receiver = target;
          const onMessages = (messages: readonly Message[]) => {
            target.onMessages(messages);
            for (const message of messages) receiving?.(message, (reply) => network.send(reply));
          };
          network.start(forwarding(target, { onMessages }));
        },
        send: (message: Message) => {
          network.send(message);
          sending?.(message, later);
        },
      });
    },
  };
}

/** A leader that counts entries as acknowledged when it has sent them: it answers before they are committed. */
export const acknowledgedBySending: Interference = {
  sending: (message, receive) => {
    const { type, to, from, index, entries } = message;
    if (type !== MessageType.app || entries.length === 0) return;
    const acknowledgement = { type: MessageType.appResp, to: from, from: to, index: index + entries.length };
    receive({ ...message, entries: [], commit: 0, logTerm: 0, ...acknowledgement });
  },
};

/** A member that votes for whoever asks, as one does that has forgotten its vote. */
export const votingForAll: Interference = {
  receiving: (message, send) => {
    const { type, to, from } = message;
    const answer = type === MessageType.vote ? MessageType.voteResp : MessageType.preVoteResp;
    if (type !== MessageType.vote && type !== MessageType.preVote) return;
    send({ ...message, type: answer, to: from, from: to, logTerm: 0, index: 0, reject: false });
  },
};
