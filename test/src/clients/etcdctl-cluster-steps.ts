/**
 * What an operator does with a cluster of three by etcdctl, in order, with everything that can be asked wrongly. The same table runs on
 * our members and on those of the real etcd, on the same addresses, so that ids and their order are the same too.
 */

/** One call of etcdctl, or something done to a member. */
export interface ClusterStep {
  /** Arguments, split at spaces; `$m1` is a member's id, `$m1.peer` its peer URL, `$m1.client` its client endpoint. */
  readonly args?: string;
  /** Names of the members that are asked, in this order; default: all founders. */
  readonly to?: string;
  /** The call is made again until its exit code is 0, because it has to wait for something. */
  readonly isAwaited?: boolean;
  /** The call is made again until its output matches. */
  readonly until?: RegExp;
  /** The lines come in no order of their own. */
  readonly isUnordered?: boolean;
  /** Instead of a call: starts or kills a member, or waits until a member leads. */
  readonly act?: { readonly what: "start" | "kill" | "restart" | "lead"; readonly member: string };
}

const forms = ["simple", "json", "table", "fields"];

const looks: readonly ClusterStep[] = [
  { act: { what: "lead", member: "m1" } },
  ...forms.map((form) => ({ args: `member list -w ${form}` })),
  { args: "member list --hex -w json" },
  ...forms.map((form) => ({ args: `endpoint status -w ${form}` })),
  { args: "endpoint status", to: "m3 m1 m2" },
  { args: "endpoint status --cluster", to: "m2" },
  ...forms.map((form) => ({ args: `endpoint health -w ${form}`, isUnordered: true })),
  { args: "endpoint health --cluster", to: "m3", isUnordered: true },
  ...forms.map((form) => ({ args: `endpoint hashkv -w ${form}` })),
  { args: "endpoint hashkv --cluster", to: "m2" },
  { args: "endpoint hashkv --rev 99" },
  { args: "alarm list" },
  { args: "member list", to: "m3" },
];

const leaderships: readonly ClusterStep[] = [
  { args: "move-leader" },
  { args: "move-leader $m2 $m3" },
  { args: "move-leader nonsense" },
  { args: "move-leader 1234" },
  { args: "move-leader $m1" },
  { args: "move-leader $m2", to: "m2 m3" },
  { args: "move-leader $m2" },
  { args: "endpoint status", to: "m1 m2 m3" },
  { args: "move-leader $m1" },
];

const mistakes: readonly ClusterStep[] = [
  { args: "member" },
  { args: "member add" },
  { args: "member add m4" },
  { args: "member add m4 m5 --peer-urls $m4.peer" },
  { args: "member add m4 --peer-urls 127.0.0.1:1" },
  { args: "member add m4 --peer-urls http://127.0.0.1" },
  { args: "member add m4 --peer-urls http://127.0.0.1:1/path" },
  { args: "member add m4 --peer-urls ftp://127.0.0.1:1" },
  { args: "member add m4 --peer-urls http://[::1" },
  { args: "member remove" },
  { args: "member remove 1234" },
  { args: "member remove nonsense" },
  { args: "member remove $m1 $m2" },
  { args: "member update" },
  { args: "member update $m1" },
  { args: "member update 1234 --peer-urls http://127.0.0.1:1" },
  { args: "member update nonsense --peer-urls http://127.0.0.1:1" },
  { args: "member update $m1 --peer-urls nonsense" },
  { args: "member update $m1 --peer-urls $m2.peer" },
  { args: "member promote" },
  { args: "member promote 1234" },
  { args: "member promote nonsense" },
  { args: "member promote $m1" },
  { args: "member promote $m2", to: "m3" },
  { args: "member nonsense" },
];

const growth: readonly ClusterStep[] = [
  { args: "member add m4 --peer-urls $m4.peer --learner", isUnordered: true },
  { args: "member add m4 --peer-urls $m1.peer" },
  { args: "member add m5 --peer-urls $m1.peer --learner" },
  { args: "member add m5 --peer-urls http://127.0.0.1:1 --learner" },
  ...forms.map((form) => ({ args: `member list -w ${form}`, isUnordered: true })),
  // One address more: with the same ones the same id would follow, if it came within the same second.
  { args: "member add m5 --peer-urls $m4.peer,http://127.0.0.1:3" },
  { args: "member promote $m4" },
  { args: "member promote $m4", to: "m2" },
  { args: "move-leader $m4" },
  { act: { what: "start", member: "m4" } },
  { args: "member list", until: /started, m4/, isUnordered: true },
  { args: "member promote $m4", isAwaited: true, to: "m3" },
  { args: "member promote $m4" },
  { args: "member list", isUnordered: true },
  { args: "endpoint health --cluster", isUnordered: true },
  { args: "member update $m4 --peer-urls $m4.peer,http://localhost:1" },
  { args: "member update $m4 --peer-urls $m4.peer" },
  { args: "member add m5 --peer-urls http://127.0.0.1:1", isAwaited: true, isUnordered: true },
  { args: "member add m6 --peer-urls http://127.0.0.1:2" },
  { args: "member list", isUnordered: true },
  { args: "member remove $m5" },
  { args: "member remove $m5" },
  { args: "member remove $m4", isAwaited: true },
  { args: "member remove $m4" },
  { args: "member update $m4 --peer-urls $m4.peer" },
  // Not asked: to promote a member that was removed. etcd 3.4 then lets the client wait until its time is over.
  { args: "member list" },
];

const losses: readonly ClusterStep[] = [
  { act: { what: "kill", member: "m3" } },
  { args: "endpoint health", isUnordered: true },
  { args: "endpoint status" },
  { args: "endpoint hashkv" },
  { args: "member list" },
  { args: "member remove $m2", to: "m1" },
  { args: "member remove $m1", to: "m2" },
  { args: "member add m7 --peer-urls http://127.0.0.1:1", to: "m1" },
  // Not asked: to move leadership to one that is down. etcd waits longer than its client, this server refuses at once.
  { args: "put still works", to: "m1 m2" },
  { act: { what: "restart", member: "m3" } },
  { args: "get still", to: "m3" },
  { args: "member remove $m3", to: "m1", isAwaited: true },
  { args: "member list", to: "m1 m2" },
  { args: "endpoint health --cluster", to: "m1", isUnordered: true },
  { args: "member remove $m2", to: "m1", isAwaited: true },
  { args: "member list", to: "m1" },
  { args: "get still", to: "m1" },
  { args: "member remove $m1", to: "m1" },
];

/** All steps in order. */
export const clusterSteps: readonly ClusterStep[] = [...looks, ...leaderships, ...mistakes, ...growth, ...losses];
