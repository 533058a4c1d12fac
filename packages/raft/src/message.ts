// Messages between nodes, and between a node and its own storage threads. One flat shape for every type keeps the
// objects monomorphic; fields a type does not use hold their zero value. Numbers are raftpb's (etcd's raft.proto).

import { type Entry, noBytes, type Snapshot } from "./types.ts";

/** Every message type; the numbers are raftpb's. */
export const MessageType = {
  hup: 0,
  beat: 1,
  prop: 2,
  app: 3,
  appResp: 4,
  vote: 5,
  voteResp: 6,
  snap: 7,
  heartbeat: 8,
  heartbeatResp: 9,
  unreachable: 10,
  snapStatus: 11,
  checkQuorum: 12,
  transferLeader: 13,
  timeoutNow: 14,
  readIndex: 15,
  readIndexResp: 16,
  preVote: 17,
  preVoteResp: 18,
  storageAppend: 19,
  storageAppendResp: 20,
  storageApply: 21,
  storageApplyResp: 22,
  forgetLeader: 23,
} as const;
/** One of the values of the constant of the same name. */
export type MessageType = (typeof MessageType)[keyof typeof MessageType];

/** One message. Immutable once sent or stepped. */
export interface Message {
  type: MessageType;
  to: bigint;
  from: bigint;
  term: number;
  logTerm: number;
  index: number;
  entries: Entry[];
  commit: number;
  vote: bigint;
  snapshot: Snapshot | undefined;
  reject: boolean;
  rejectHint: number;
  context: Uint8Array;
  responses: Message[];
}

/** Addressee of `storageAppend` messages: whoever writes the log of this node. */
export const appendThread = 0xffff_ffff_ffff_ffffn;
/** Addressee of `storageApply` messages: whoever applies committed entries on this node. */
export const applyThread = 0xffff_ffff_ffff_fffen;

const noEntries: Entry[] = Object.freeze([]) as unknown as Entry[];
const noMessages: Message[] = Object.freeze([]) as unknown as Message[];

/** Builds a message of the full shape, every other field zero. */
export function newMessage(type: MessageType, to: bigint): Message {
  return {
    type,
    to,
    from: 0n,
    term: 0,
    logTerm: 0,
    index: 0,
    entries: noEntries,
    commit: 0,
    vote: 0n,
    snapshot: undefined,
    reject: false,
    rejectHint: 0,
    context: noBytes,
    responses: noMessages,
  };
}

/** Tells whether an id names one of this node's own storage threads. */
export function isStorageThread(id: bigint): boolean {
  return id === appendThread || id === applyThread;
}

/** Tells whether messages of this type arise inside a node only and must be refused from the network. */
export function isLocalType(type: MessageType): boolean {
  switch (type) {
    case MessageType.hup:
    case MessageType.beat:
    case MessageType.unreachable:
    case MessageType.snapStatus:
    case MessageType.checkQuorum:
    case MessageType.storageAppend:
    case MessageType.storageAppendResp:
    case MessageType.storageApply:
    case MessageType.storageApplyResp:
      return true;
    default:
      return false;
  }
}

/** Tells whether messages of this type answer something, so that a sender outside the membership has no business sending them. */
export function isResponseType(type: MessageType): boolean {
  switch (type) {
    case MessageType.appResp:
    case MessageType.voteResp:
    case MessageType.heartbeatResp:
    case MessageType.unreachable:
    case MessageType.readIndexResp:
    case MessageType.preVoteResp:
    case MessageType.storageAppendResp:
    case MessageType.storageApplyResp:
      return true;
    default:
      return false;
  }
}
