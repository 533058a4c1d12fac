// Membership changes: what they are, how they are encoded, what they do to a membership.
export {
  type ChangeResult,
  changeMembership,
  changeSimply,
  enterJoint,
  isJoint,
  leaveJoint,
  restoreMembership,
} from "./changer.ts";
export {
  asConfChangeV2,
  type ConfChange,
  type ConfChangeKind,
  type ConfChangeSingle,
  ConfChangeTransition,
  ConfChangeType,
  type ConfChangeV2,
  confChangeKind,
  isConfChangeV2,
} from "./conf-change.ts";
export { decodeConfChange, decodeConfChangeV2, encodeConfChange, encodeConfChangeV2 } from "./conf-change-codec.ts";
