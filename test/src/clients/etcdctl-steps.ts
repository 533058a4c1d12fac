/**
 * The table of etcdctl calls, in order, each on what the ones before left behind. The same table runs against our
 * server and the real etcd, and what a person sees must be the same but for ids, times and sizes.
 */

/** One call of etcdctl. */
export interface Step {
  /** Arguments, split at spaces; a list where an argument holds a space. `$name` is what an earlier step saved. */
  readonly args: string | readonly string[];
  /** What is typed; the standard input stays open after it when `untilLines` is given. */
  readonly stdin?: string;
  /** The command does not end by itself: interrupt it when it has printed at least so many lines and falls silent. */
  readonly untilLines?: number;
  /** Saves the first group of a match in the output under a name. */
  readonly save?: { readonly name: string; readonly match: RegExp };
  /** The output is a protobuf message; its header holds ids and is left out. */
  readonly isProtobuf?: boolean;
  /** The part of the API that this server does not have yet; the call is left out, and said so. */
  readonly awaits?: string;
  /** Takes a minute; runs only with `--with-perf`. */
  readonly isPerf?: boolean;
}

const keySteps: readonly Step[] = [
  { args: "put foo bar" },
  { args: "put foo bar2 --prev-kv" },
  { args: "put foo --ignore-value" },
  { args: "put missing --ignore-value" },
  { args: "put a/1 one" },
  { args: "put a/2 two" },
  { args: "put a/3 three" },
  { args: "put b/1 four" },
  { args: "put a/2 two-again" },
  { args: ["put", "with space", "a value\nof two lines"] },
  { args: "put from-stdin", stdin: "typed value" },
  { args: "get foo" },
  { args: "get nothing" },
  { args: "get a/ --prefix" },
  { args: "get a/ --prefix --keys-only" },
  { args: "get a/ --prefix --print-value-only" },
  { args: "get a/ --prefix --limit 2" },
  { args: "get a/ --prefix --order DESCEND --sort-by KEY" },
  { args: "get a/ --prefix --order ASCEND --sort-by MODIFY" },
  { args: "get a/ --prefix --order DESCEND --sort-by VERSION" },
  { args: "get a/ --prefix --order ASCEND --sort-by VALUE" },
  { args: "get a/ --prefix --order DESCEND --sort-by CREATE" },
  { args: "get a/2 --rev 5" },
  { args: "get a/2 --rev 5 --consistency s" },
  { args: "get a/1 a/3" },
  { args: "get a/3 --from-key" },
  { args: ["get", "", "--prefix", "--keys-only"] },
  { args: "get foo --hex" },
  { args: "get a/ --prefix -w json" },
  { args: "get a/ --prefix -w fields" },
  { args: "get a/ --prefix -w protobuf", isProtobuf: true },
  { args: "get a/ --prefix -w table" },
  { args: "get a/ --prefix --keys-only -w json" },
  { args: "get nothing -w json" },
  { args: "get foo --rev 99999" },
  { args: "get foo --order SIDEWAYS" },
  { args: "get" },
  { args: "put foo bar3 -w json" },
  { args: "put foo bar4 --prev-kv -w fields" },
];

const deletionSteps: readonly Step[] = [
  { args: "del b/1" },
  { args: "del b/1" },
  { args: "del a/1 --prev-kv" },
  { args: "del a/ --prefix -w json" },
  { args: "put c/1 x" },
  { args: "put c/2 y" },
  { args: "put c/3 z" },
  { args: "del c/1 c/3" },
  { args: "del c/2 --from-key --prev-kv" },
  { args: "del from-key-of-nothing --from-key" },
];

const txnSteps: readonly Step[] = [
  { args: "put user1 bad" },
  { args: "txn --interactive", stdin: 'value("user1") = "bad"\n\ndel user1\n\nput user1 good\n\n' },
  { args: "txn", stdin: 'mod("user1") > "0"\n\nput user1 better\nget user1\n\nput user2 x\nget user2\n\n' },
  { args: "txn -w json", stdin: 'ver("user2") = "1"\n\nget user2\nget user1\n\nget nothing\n\n' },
  { args: "txn -w fields", stdin: 'create("nothing") = "0"\n\nput new key\nget new\n\n\n' },
  { args: "txn", stdin: "\nput same a\nput same b\n\n\n" },
  { args: "txn", stdin: "nonsense\n\n\n\n" },
];

const watchSteps: readonly Step[] = [
  { args: "watch foo --rev 2", untilLines: 15 },
  { args: "watch a/ --prefix --rev 1", untilLines: 21 },
  { args: "watch a/ --prefix --rev 1 --prev-kv", untilLines: 24 },
  { args: "watch foo --rev 2 -w json", untilLines: 1 },
  { args: "watch a/ b0 --rev 1 -w fields", untilLines: 20 },
  {
    args: [
      "watch",
      "foo",
      "--rev",
      "2",
      "--",
      "sh",
      "-c",
      "echo $ETCD_WATCH_EVENT_TYPE $ETCD_WATCH_KEY $ETCD_WATCH_VALUE",
    ],
    untilLines: 20,
  },
  { args: "watch --interactive", stdin: "watch foo --rev 2\n", untilLines: 18 },
  { args: "watch --interactive", stdin: "watch\n" },
];

const leaseSteps: readonly Step[] = [
  { args: "lease grant 600", save: { name: "lease", match: /lease ([0-9a-f]+)/ } },
  { args: "put on/lease x --lease $lease" },
  { args: "put on/lease2 y --lease $lease" },
  { args: "get on/lease -w json" },
  { args: "lease list" },
  { args: "lease timetolive $lease" },
  { args: "lease timetolive $lease --keys" },
  { args: "lease timetolive $lease --keys -w json" },
  { args: "lease keep-alive $lease --once" },
  { args: "lease keep-alive $lease", untilLines: 1 },
  { args: "put on/lease z --ignore-lease" },
  { args: "lease revoke $lease" },
  { args: "lease revoke $lease" },
  { args: "lease timetolive $lease" },
  { args: "lease keep-alive $lease --once" },
  { args: "get on/ --prefix" },
  { args: "put on/nothing x --lease 1234" },
  { args: "lease grant 0" },
  { args: "lease grant 99999999999" },
  { args: "lease grant 600 -w json" },
];

const concurrencySteps: readonly Step[] = [
  { args: ["lock", "mutex", "sh", "-c", 'echo locked; test -n "$ETCD_LOCK_KEY" && echo has key'] },
  { args: ["lock", "mutex", "false"] },
  { args: "lock mutex --ttl 5", untilLines: 1 },
  { args: "elect office me", untilLines: 2 },
  { args: "elect office another", untilLines: 2 },
  { args: "get mutex --prefix --keys-only" },
];

const maintenanceSteps: readonly Step[] = [
  { args: "compaction 10" },
  { args: "compaction 10" },
  { args: "compaction 9" },
  { args: "compaction 99999" },
  { args: "compaction 12 --physical" },
  { args: "get foo --rev 5" },
  { args: "watch foo --rev 2" },
  { args: "defrag" },
  { args: "alarm list" },
  { args: "alarm disarm" },
  { args: "endpoint status" },
  { args: "endpoint status -w table" },
  { args: "endpoint status -w json" },
  { args: "endpoint health" },
  { args: "endpoint hashkv" },
  { args: "member list" },
  { args: "member list -w table" },
  { args: "member remove 1234", awaits: "cluster" },
  { args: "move-leader 1234" },
  { args: "user list", awaits: "auth" },
  { args: "role list", awaits: "auth" },
  { args: "check perf --load s", isPerf: true },
];

/** All steps in order. */
export const etcdctlSteps: readonly Step[] = [
  ...keySteps,
  ...deletionSteps,
  ...txnSteps,
  ...watchSteps,
  ...leaseSteps,
  ...concurrencySteps,
  ...maintenanceSteps,
];
