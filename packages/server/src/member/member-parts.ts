/** What a member is built from, and how it answers proposals. */
import type { AppliedResponses, RequestField } from "../machine/index.ts";
import type { PeerNetwork } from "../ports/index.ts";
import type { MemberOptions, MemberPorts } from "./member-options.ts";
import type { MemberState } from "./member-state.ts";
import type { MemberStorage } from "./open-storage.ts";
import type { SnapshotInbox } from "./snapshot-inbox.ts";

/** Answers a proposal: exactly one of the two is defined. */
export type Proposed<Field extends RequestField> = (
  error: Error | undefined,
  response?: AppliedResponses[Field],
) => void;

/** Everything opened, ready to run. */
export interface MemberParts {
  readonly ports: MemberPorts;
  readonly options: MemberOptions;
  readonly storage: MemberStorage;
  readonly state: MemberState;
  readonly network: PeerNetwork;
  readonly inbox: SnapshotInbox;
  /** The member cannot go on: its log or store failed. Called once. */
  onFatal(error: Error): void;
  /** The member was removed from its cluster and has stopped serving. Called once. */
  onRemoved(): void;
}
