/**
 * The table of etcdctl calls in the way of API 2, in order, each on what the ones before left behind. The same table runs
 * against our server and the real etcd with `--enable-v2`, and what a person sees must be the same but for ids and raft's
 * own figures.
 */

/** One call of etcdctl. */
export interface V2Step {
  /** Arguments, split at spaces; a list where an argument holds a space. `$member` is the id of the only member. */
  readonly args: string | readonly string[];
  /** Calls made, one after the other, when the first one waits for changes. */
  readonly during?: readonly string[];
  /** The call does not end by itself: it is interrupted when it has printed so many lines. */
  readonly untilLines?: number;
  readonly stdin?: string;
}

const keySteps: readonly V2Step[] = [
  { args: "ls" },
  { args: "set /message Hello" },
  { args: ["set", "/message", "Hello world"] },
  { args: "get /message" },
  { args: "get message" },
  { args: "get /nothing" },
  { args: "-o extended get /message" },
  { args: "-o json get /message" },
  { args: "-o json get /nothing" },
  { args: "get --quorum /message" },
  { args: "set --ttl 100 /leased soon" },
  { args: "set --swap-with-value soon /leased later" },
  { args: "set --swap-with-value soon /leased never" },
  { args: "set --swap-with-index 1 /leased never" },
  { args: "set /typed", stdin: "from standard input" },
  { args: "mk /made once" },
  { args: "mk /made twice" },
  { args: "mk --ttl 50 /made-for-a-while x" },
  { args: "mk --in-order /queue job" },
  { args: "mk --in-order /queue another" },
  { args: "update /made again" },
  { args: "update /unmade again" },
  { args: "update --ttl 60 /made lease" },
  { args: "mkdir /dir" },
  { args: "mkdir /dir" },
  { args: "mkdir --ttl 100 /leased-dir" },
  { args: "setdir /dir" },
  { args: "setdir /other" },
  { args: "updatedir --ttl 30 /other" },
  { args: "updatedir /unmade-dir --ttl 30" },
  { args: "set /dir/a 1" },
  { args: "set /dir/sub/b 2" },
  { args: "set /_hidden 3" },
  { args: "set /dir value" },
  { args: "set /message/below value" },
  { args: "ls" },
  { args: "ls /" },
  { args: "ls /dir" },
  { args: "ls --recursive" },
  { args: "ls --recursive -p --sort /" },
  { args: "ls -p /dir" },
  { args: "ls /message" },
  { args: "ls /nothing" },
  { args: "ls /_hidden" },
  { args: "get /dir" },
  { args: "-o json get /dir" },
  { args: "rm /message" },
  { args: "rm /message" },
  { args: "rm /dir" },
  { args: "rm --dir /dir" },
  { args: "rm --with-value 7 /dir/a" },
  { args: "rm --with-index 7 /dir/a" },
  { args: "rm --with-value 1 /dir/a" },
  { args: "rmdir /dir" },
  { args: "rmdir /other" },
  { args: "rmdir /nothing" },
  { args: "rm --recursive /dir" },
  { args: "rm /" },
  { args: "mk" },
  { args: "get" },
];

const watchSteps: readonly V2Step[] = [
  { args: "watch /w", during: ["set /w 1"] },
  { args: "watch --recursive /wr", during: ["set /wr/a/b 1"] },
  { args: "-o json watch /w", during: ["update /w 2"] },
  { args: "watch /w", during: ["rm /w"] },
  { args: "watch --forever --recursive /f", during: ["set /f/a 1", "set /f/b 2", "rm /f/a"], untilLines: 6 },
  { args: "watch --after-index 5 /typed" },
  { args: "watch --after-index 3 --recursive /leased" },
  {
    args: "exec-watch --recursive /e -- printenv ETCD_WATCH_ACTION ETCD_WATCH_KEY ETCD_WATCH_VALUE",
    during: ["set /e/a 1", "mkdir /e/dir", "set /e/dir/2 2", "set /e/dir/3 3"],
    untilLines: 8,
  },
  { args: "exec-watch --recursive /e" },
];

const authSteps: readonly V2Step[] = [
  { args: "user list" },
  { args: "role list" },
  { args: "auth enable" },
  { args: "user add root:secret" },
  { args: "user add ann:word" },
  { args: "user add ann:word" },
  { args: "user get ann" },
  { args: "user get nobody" },
  { args: "user list" },
  { args: "role add reader" },
  { args: "role add reader" },
  { args: "role grant --path /public/* --read reader" },
  { args: "role grant --path /private/* --readwrite reader" },
  { args: "role revoke --path /private/* --write reader" },
  { args: "role get reader" },
  { args: "role get root" },
  { args: "role get nobody" },
  { args: "role list" },
  { args: "user grant --roles reader ann" },
  { args: "user grant --roles reader ann" },
  { args: "user get ann" },
  { args: "set /public/a 1" },
  { args: "set /private/a 1" },
  { args: "auth enable" },
  { args: "role get guest" },
  { args: "-u root:secret role revoke --path /* --readwrite guest" },
  { args: "get /public/a" },
  { args: "set /public/a 2" },
  { args: "-u ann:word get /public/a" },
  { args: "-u ann:wrong get /public/a" },
  { args: "-u ann:word set /public/a 2" },
  { args: "-u ann:word ls /private" },
  { args: "-u ann:word ls" },
  { args: "user list" },
  { args: "-u ann:word user list" },
  { args: "-u root:secret user list" },
  { args: "-u root:secret user passwd ann", stdin: "new\n" },
  { args: "-u root:secret user revoke --roles reader ann" },
  { args: "-u ann:word get /public/a" },
  { args: "-u root:secret user remove ann" },
  { args: "-u root:secret user remove ann" },
  { args: "-u root:secret role remove reader" },
  { args: "-u root:secret role remove reader" },
  { args: "-u root:secret user remove root" },
  { args: "-u root:secret ls" },
  { args: "auth disable" },
  { args: "-u root:secret auth disable" },
  { args: "-u root:secret auth disable" },
  { args: "user list" },
];

const clusterSteps: readonly V2Step[] = [
  { args: "member list" },
  { args: "cluster-health" },
  { args: "member update $member http://localhost:1" },
  { args: "member list" },
  { args: "member update 123 http://127.0.0.1:2" },
  { args: "member remove 123" },
  { args: "member add n2 http://localhost:1" },
  { args: "member add n2 nonsense" },
  { args: "member add n2 http://127.0.0.1:9" },
  { args: "member list" },
];

/** All calls, in the order in which they run. The last ones take the lone member its quorum. */
export const etcdctlV2Steps: readonly V2Step[] = [...keySteps, ...watchSteps, ...authSteps, ...clusterSteps];
