/**
 * "etcd API" of the etcd 2 documentation, chapter by chapter. Its examples come from many servers: here each chapter makes
 * the changes that its first index supposes, and where an example still has numbers of another run, those of this one
 * stand. Answers that no etcd 2.3 or 3.4 gives as printed have a remark.
 */
import { type Chapter, given, type Json, type Seed, type Start, type Step } from "./step.ts";

const url = "http://127.0.0.1:2379";
const start: Start = { start: "./bin/etcd", as: "etcd", url };
const expiration = "2013-12-04T12:01:21.874888581-08:00";
/** On every answer about keys. */
const indexHeaders = {
  "Content-Type": "application/json",
  "X-Etcd-Index": /^\d+$/,
  "X-Raft-Index": /^\d+$/,
  "X-Raft-Term": /^\d+$/,
};
const rootRemark = "the document shows key / for the root, which no release from 2.0 on sends";

const version: Chapter = {
  title: "Getting the etcd version",
  steps: [
    start,
    {
      run: "curl -L http://127.0.0.1:2379/version",
      status: 200,
      headers: { "Content-Type": "application/json" },
      shape: { etcdserver: "2.3.8", etcdcluster: "2.3.0" },
    },
  ],
};

const keys: Chapter = {
  title: "Setting, getting, changing and deleting a key",
  shift: 2,
  steps: [
    start,
    { index: 4 },
    {
      run: 'curl http://127.0.0.1:2379/v2/keys/message -XPUT -d value="Hello world"',
      status: 201,
      headers: { ...indexHeaders, "X-Etcd-Index": "4" },
      json: {
        action: "set",
        node: { createdIndex: 2, key: "/message", modifiedIndex: 2, value: "Hello world" },
      },
    },
    {
      run: "curl http://127.0.0.1:2379/v2/keys/message",
      status: 200,
      headers: { ...indexHeaders, "X-Etcd-Index": "4" },
      json: {
        action: "get",
        node: { createdIndex: 2, key: "/message", modifiedIndex: 2, value: "Hello world" },
      },
    },
    {
      run: 'curl http://127.0.0.1:2379/v2/keys/message -XPUT -d value="Hello etcd"',
      status: 200,
      headers: { ...indexHeaders, "X-Etcd-Index": "5" },
      json: {
        action: "set",
        node: { createdIndex: 3, key: "/message", modifiedIndex: 3, value: "Hello etcd" },
        prevNode: { createdIndex: 2, key: "/message", value: "Hello world", modifiedIndex: 2 },
      },
    },
    {
      run: "curl http://127.0.0.1:2379/v2/keys/message -XDELETE",
      status: 200,
      headers: { ...indexHeaders, "X-Etcd-Index": "6" },
      json: {
        action: "delete",
        node: { createdIndex: 3, key: "/message", modifiedIndex: 4 },
        prevNode: { key: "/message", value: "Hello etcd", modifiedIndex: 3, createdIndex: 3 },
      },
    },
  ],
};

const setWithTtl: Step = {
  run: "curl http://127.0.0.1:2379/v2/keys/foo -XPUT -d value=bar -d ttl=5",
  status: 201,
  headers: indexHeaders,
  json: {
    action: "set",
    node: { createdIndex: 5, expiration, key: "/foo", modifiedIndex: 5, ttl: 5, value: "bar" },
  },
};

const keyTtl: Chapter = {
  title: "Using key TTL",
  steps: [
    start,
    { index: 5 },
    setWithTtl,
    {
      run: "curl http://127.0.0.1:2379/v2/keys/foo",
      withinMs: 8_000,
      status: 404,
      headers: { "Content-Type": "application/json", "X-Etcd-Index": "6" },
      json: { cause: "/foo", errorCode: 100, index: 6, message: "Key not found" },
    },
  ],
};

const unsetTtl: Chapter = {
  title: "Using key TTL: unset",
  steps: [
    start,
    { index: 5 },
    setWithTtl,
    {
      run: "curl http://127.0.0.1:2379/v2/keys/foo -XPUT -d value=bar -d ttl= -d prevExist=true",
      status: 200,
      headers: indexHeaders,
      json: {
        action: "update",
        node: { createdIndex: 5, key: "/foo", modifiedIndex: 6, value: "bar" },
        prevNode: { createdIndex: 5, expiration, key: "/foo", modifiedIndex: 5, ttl: 3, value: "bar" },
      },
    },
  ],
};

const refreshTtl: Chapter = {
  title: "Refreshing key TTL",
  steps: [
    start,
    { index: 5 },
    setWithTtl,
    { watch: "curl http://127.0.0.1:2379/v2/keys/foo?wait=true", as: "watcher" },
    {
      run: "curl http://127.0.0.1:2379/v2/keys/foo -XPUT -d ttl=5 -d refresh=true -d prevExist=true",
      status: 200,
      headers: indexHeaders,
      json: {
        action: "update",
        node: { key: "/foo", value: "bar", expiration, ttl: 5, modifiedIndex: 6, createdIndex: 5 },
        prevNode: { key: "/foo", value: "bar", expiration, ttl: 3, modifiedIndex: 5, createdIndex: 5 },
      },
    },
    ...given("curl http://127.0.0.1:2379/v2/keys/foo -XPUT -d value=new"),
    {
      returns: "watcher",
      status: 200,
      json: {
        action: "set",
        node: { key: "/foo", value: "new", modifiedIndex: 7, createdIndex: 7 },
        prevNode: { key: "/foo", value: "bar", expiration, ttl: 5, modifiedIndex: 6, createdIndex: 5 },
      },
    },
  ],
};

const changed: Json = {
  action: "set",
  node: { createdIndex: 7, key: "/foo", modifiedIndex: 7, value: "bar" },
  prevNode: { createdIndex: 6, key: "/foo", modifiedIndex: 6, value: "bar" },
};

const waiting: Chapter = {
  title: "Waiting for a change",
  steps: [
    start,
    { index: 6 },
    ...given("curl http://127.0.0.1:2379/v2/keys/foo -XPUT -d value=bar"),
    { watch: "curl http://127.0.0.1:2379/v2/keys/foo?wait=true", as: "first terminal" },
    {
      run: "curl http://127.0.0.1:2379/v2/keys/foo -XPUT -d value=bar",
      status: 200,
      headers: indexHeaders,
      json: changed,
    },
    { returns: "first terminal", status: 200, headers: { ...indexHeaders, "X-Etcd-Index": "6" }, json: changed },
    {
      run: "curl 'http://127.0.0.1:2379/v2/keys/foo?wait=true&waitIndex=7'",
      status: 200,
      headers: indexHeaders,
      json: changed,
    },
    { watch: "curl 'http://127.0.0.1:2379/v2/keys/foo?wait=true&waitIndex=8'", as: "from 8" },
    ...given(
      "curl http://127.0.0.1:2379/v2/keys/other -XPUT -d value=bar",
      "curl http://127.0.0.1:2379/v2/keys/foo -XPUT -d value=ninth",
    ),
    {
      returns: "from 8",
      status: 200,
      headers: { ...indexHeaders, "X-Etcd-Index": "7" },
      json: {
        action: "set",
        node: { createdIndex: 9, key: "/foo", modifiedIndex: 9, value: "ninth" },
        prevNode: { createdIndex: 7, key: "/foo", modifiedIndex: 7, value: "bar" },
      },
    },
    ...given("curl http://127.0.0.1:2379/v2/keys/foo -XPUT -d value=tenth"),
    {
      run: "curl 'http://127.0.0.1:2379/v2/keys/foo?wait=true&waitIndex=8'",
      status: 200,
      headers: indexHeaders,
      json: {
        action: "set",
        node: { createdIndex: 9, key: "/foo", modifiedIndex: 9, value: "ninth" },
        prevNode: { createdIndex: 7, key: "/foo", modifiedIndex: 7, value: "bar" },
      },
    },
  ],
};

const cleared: Chapter = {
  title: "Watch from cleared event index",
  steps: [
    start,
    { index: 7 },
    ...given(
      "curl http://127.0.0.1:2379/v2/keys/foo -XPUT -d value=bar",
      "curl 'http://127.0.0.1:2379/v2/keys/other#[1-2000]' -XPUT -d value=bar -o other.out",
    ),
    {
      run: "curl 'http://127.0.0.1:2379/v2/keys/foo?wait=true&waitIndex=8'",
      status: 400,
      headers: { "Content-Type": "application/json", "X-Etcd-Index": "2007" },
      json: {
        errorCode: 401,
        message: "The event in requested index is outdated and cleared",
        cause: "the requested history has been cleared [1008/8]",
        index: 2007,
      },
    },
    {
      run: "curl 'http://127.0.0.1:2379/v2/keys/foo' -vv",
      status: 200,
      headers: { ...indexHeaders, "X-Etcd-Index": "2007", "X-Etcd-Cluster-Id": /^[0-9a-f]{14,16}$/, Date: / GMT$/ },
      stderr: /< HTTP\/1\.1 200 OK/,
      json: { action: "get", node: { key: "/foo", value: "bar", modifiedIndex: 7, createdIndex: 7 } },
    },
    { watch: "curl 'http://127.0.0.1:2379/v2/keys/foo?wait=true&waitIndex=2008'", as: "first watch after the get" },
    ...given("curl http://127.0.0.1:2379/v2/keys/foo -XPUT -d value=new"),
    {
      returns: "first watch after the get",
      status: 200,
      headers: { "X-Etcd-Index": "2007" },
      json: {
        action: "set",
        node: { key: "/foo", value: "new", modifiedIndex: 2008, createdIndex: 2008 },
        prevNode: { key: "/foo", value: "bar", modifiedIndex: 7, createdIndex: 7 },
      },
    },
  ],
};

const closed: Chapter = {
  title: "Connection being closed prematurely",
  steps: [
    start,
    { watch: "curl http://127.0.0.1:2379/v2/keys/foo?wait=true", as: "watcher" },
    { kill: "etcd", signal: "SIGINT" },
    { returns: "watcher", status: 200, text: "", exit: "either way" },
  ],
};

const inOrder: Chapter = {
  title: "Atomically Creating In-Order Keys",
  steps: [
    start,
    { index: 6 },
    {
      run: "curl http://127.0.0.1:2379/v2/keys/queue -XPOST -d value=Job1",
      status: 201,
      headers: indexHeaders,
      json: {
        action: "create",
        node: { createdIndex: 6, key: "/queue/00000000000000000006", modifiedIndex: 6, value: "Job1" },
      },
    },
    { index: 29 },
    {
      run: "curl http://127.0.0.1:2379/v2/keys/queue -XPOST -d value=Job2",
      status: 201,
      headers: indexHeaders,
      json: {
        action: "create",
        node: { createdIndex: 29, key: "/queue/00000000000000000029", modifiedIndex: 29, value: "Job2" },
      },
    },
    {
      run: "curl -s 'http://127.0.0.1:2379/v2/keys/queue?recursive=true&sorted=true'",
      status: 200,
      headers: indexHeaders,
      json: {
        action: "get",
        node: {
          createdIndex: 6,
          dir: true,
          key: "/queue",
          modifiedIndex: 6,
          nodes: [
            { createdIndex: 6, key: "/queue/00000000000000000006", modifiedIndex: 6, value: "Job1" },
            { createdIndex: 29, key: "/queue/00000000000000000029", modifiedIndex: 29, value: "Job2" },
          ],
        },
      },
    },
  ],
};

const directoryTtl: Chapter = {
  title: "Using a directory TTL",
  steps: [
    start,
    { index: 17 },
    {
      run: "curl http://127.0.0.1:2379/v2/keys/dir -XPUT -d ttl=30 -d dir=true",
      status: 201,
      headers: indexHeaders,
      json: {
        action: "set",
        node: { createdIndex: 17, dir: true, expiration, key: "/dir", modifiedIndex: 17, ttl: 30 },
      },
    },
    {
      run: "curl http://127.0.0.1:2379/v2/keys/dir -XPUT -d ttl=30 -d dir=true -d prevExist=true",
      status: 200,
      headers: indexHeaders,
      json: {
        action: "update",
        node: { createdIndex: 17, dir: true, expiration, key: "/dir", modifiedIndex: 18, ttl: 30 },
        prevNode: { createdIndex: 17, dir: true, expiration, key: "/dir", modifiedIndex: 17, ttl: 30 },
      },
    },
    { watch: "curl 'http://127.0.0.1:2379/v2/keys/dir?wait=true'", as: "watcher" },
    {
      returns: "watcher",
      status: 200,
      json: {
        action: "expire",
        node: { createdIndex: 17, dir: true, key: "/dir", modifiedIndex: 19 },
        prevNode: { createdIndex: 17, key: "/dir", dir: true, modifiedIndex: 17, expiration },
      },
      remark: "the node of an expired directory has dir from 3.x on; the document shows the answer of 2.x",
    },
  ],
};

const compareAndSwap: Chapter = {
  title: "Atomic Compare-and-Swap",
  steps: [
    start,
    { index: 4 },
    {
      run: "curl http://127.0.0.1:2379/v2/keys/foo -XPUT -d value=one",
      status: 201,
      headers: indexHeaders,
      json: { action: "set", node: { key: "/foo", value: "one", modifiedIndex: 4, createdIndex: 4 } },
    },
    {
      run: "curl http://127.0.0.1:2379/v2/keys/foo?noValueOnSuccess=true -XPUT -d value=one",
      status: 200,
      headers: indexHeaders,
      json: { action: "set" },
    },
    {
      run: "curl http://127.0.0.1:2379/v2/keys/foo?prevExist=false -XPUT -d value=three",
      status: 412,
      json: { cause: "/foo", errorCode: 105, index: 5, message: "Key already exists" },
    },
    { index: 8 },
    ...given("curl http://127.0.0.1:2379/v2/keys/foo -XPUT -d value=one"),
    {
      run: "curl http://127.0.0.1:2379/v2/keys/foo?prevValue=two -XPUT -d value=three",
      status: 412,
      json: { cause: "[two != one]", errorCode: 101, index: 8, message: "Compare failed" },
    },
    {
      run: "curl http://127.0.0.1:2379/v2/keys/foo?prevValue=one -XPUT -d value=two",
      status: 200,
      headers: indexHeaders,
      json: {
        action: "compareAndSwap",
        node: { createdIndex: 8, key: "/foo", modifiedIndex: 9, value: "two" },
        prevNode: { createdIndex: 8, key: "/foo", modifiedIndex: 8, value: "one" },
      },
    },
    {
      run: "curl http://127.0.0.1:2379/v2/keys/foo?prevIndex=0 -XPUT -d value=three",
      status: 200,
      json: {
        action: "set",
        node: { createdIndex: 10, key: "/foo", modifiedIndex: 10, value: "three" },
        prevNode: { createdIndex: 8, key: "/foo", modifiedIndex: 9, value: "two" },
      },
      remark: "the document says that prevIndex=0 always passes: it is no condition at all",
    },
    ...given("curl http://127.0.0.1:2379/v2/keys/dir -XPUT -d dir=true"),
    {
      run: "curl http://127.0.0.1:2379/v2/keys/dir?prevIndex=11 -XPUT -d value=three",
      status: 403,
      json: { cause: "/dir", errorCode: 102, index: 11, message: "Not a file" },
    },
  ],
};

const compareAndDelete: Chapter = {
  title: "Atomic Compare-and-Delete",
  steps: [
    start,
    { index: 8 },
    {
      run: "curl http://127.0.0.1:2379/v2/keys/foo -XPUT -d value=one",
      status: 201,
      json: { action: "set", node: { key: "/foo", value: "one", modifiedIndex: 8, createdIndex: 8 } },
    },
    {
      run: "curl http://127.0.0.1:2379/v2/keys/foo?prevValue=two -XDELETE",
      status: 412,
      json: { errorCode: 101, message: "Compare failed", cause: "[two != one]", index: 8 },
    },
    {
      run: "curl http://127.0.0.1:2379/v2/keys/foo?prevIndex=1 -XDELETE",
      status: 412,
      json: { errorCode: 101, message: "Compare failed", cause: "[1 != 8]", index: 8 },
    },
    {
      run: "curl http://127.0.0.1:2379/v2/keys/foo?prevValue=one -XDELETE",
      status: 200,
      headers: indexHeaders,
      json: {
        action: "compareAndDelete",
        node: { key: "/foo", modifiedIndex: 9, createdIndex: 8 },
        prevNode: { key: "/foo", value: "one", modifiedIndex: 8, createdIndex: 8 },
      },
    },
    ...given("curl http://127.0.0.1:2379/v2/keys/dir -XPUT -d dir=true"),
    {
      run: "curl http://127.0.0.1:2379/v2/keys/dir?prevIndex=10 -XDELETE",
      status: 403,
      json: { cause: "/dir", errorCode: 102, index: 10, message: "Not a file" },
    },
  ],
};

const directories: Chapter = {
  title: "Creating Directories",
  steps: [
    start,
    { index: 30 },
    {
      run: "curl http://127.0.0.1:2379/v2/keys/dir -XPUT -d dir=true",
      status: 201,
      headers: indexHeaders,
      json: { action: "set", node: { createdIndex: 30, dir: true, key: "/dir", modifiedIndex: 30 } },
    },
  ],
};

const listing: Chapter = {
  title: "Listing a directory",
  shift: 3,
  steps: [
    start,
    { index: 4 },
    ...given("curl http://127.0.0.1:2379/v2/keys/foo -XPUT -d value=two"),
    {
      run: "curl http://127.0.0.1:2379/v2/keys/foo_dir/foo -XPUT -d value=bar",
      status: 201,
      headers: indexHeaders,
      json: { action: "set", node: { createdIndex: 2, key: "/foo_dir/foo", modifiedIndex: 2, value: "bar" } },
    },
    {
      run: "curl http://127.0.0.1:2379/v2/keys/",
      status: 200,
      headers: indexHeaders,
      json: {
        action: "get",
        node: {
          dir: true,
          nodes: [
            { key: "/foo_dir", dir: true, modifiedIndex: 2, createdIndex: 2 },
            { key: "/foo", value: "two", modifiedIndex: 1, createdIndex: 1 },
          ],
        },
      },
      remark: rootRemark,
    },
    {
      run: "curl http://127.0.0.1:2379/v2/keys/?recursive=true",
      status: 200,
      headers: indexHeaders,
      json: {
        action: "get",
        node: {
          dir: true,
          nodes: [
            {
              key: "/foo_dir",
              dir: true,
              nodes: [{ key: "/foo_dir/foo", value: "bar", modifiedIndex: 2, createdIndex: 2 }],
              modifiedIndex: 2,
              createdIndex: 2,
            },
            { key: "/foo", value: "two", modifiedIndex: 1, createdIndex: 1 },
          ],
        },
      },
      remark: rootRemark,
    },
  ],
};

const deleting: Chapter = {
  title: "Deleting a Directory",
  steps: [
    start,
    { index: 9 },
    ...given("curl http://127.0.0.1:2379/v2/keys/foo_dir/foo -XPUT -d value=bar"),
    ...given("curl http://127.0.0.1:2379/v2/keys/dir/foo -XPUT -d value=bar"),
    {
      run: "curl 'http://127.0.0.1:2379/v2/keys/foo_dir?dir=true' -XDELETE",
      status: 403,
      json: { cause: "/foo_dir", errorCode: 108, index: 10, message: "Directory not empty" },
      remark: "the directory of the chapter before still holds a key; below it is empty",
    },
    {
      run: "curl http://127.0.0.1:2379/v2/keys/dir?recursive=true -XDELETE",
      status: 200,
      headers: indexHeaders,
      json: {
        action: "delete",
        node: { createdIndex: 10, dir: true, key: "/dir", modifiedIndex: 11 },
        prevNode: { createdIndex: 10, dir: true, key: "/dir", modifiedIndex: 10 },
      },
    },
    ...given("curl http://127.0.0.1:2379/v2/keys/foo_dir?recursive=true -XDELETE"),
    { index: 30 },
    ...given("curl http://127.0.0.1:2379/v2/keys/foo_dir -XPUT -d dir=true"),
    {
      run: "curl 'http://127.0.0.1:2379/v2/keys/foo_dir?dir=true' -XDELETE",
      status: 200,
      headers: indexHeaders,
      json: {
        action: "delete",
        node: { createdIndex: 30, dir: true, key: "/foo_dir", modifiedIndex: 31 },
        prevNode: { createdIndex: 30, key: "/foo_dir", dir: true, modifiedIndex: 30 },
      },
    },
  ],
};

const hidden: Chapter = {
  title: "Creating a hidden node",
  shift: 2,
  steps: [
    start,
    { index: 4 },
    ...given("curl http://127.0.0.1:2379/v2/keys/foo_dir -XPUT -d dir=true"),
    {
      run: 'curl http://127.0.0.1:2379/v2/keys/_message -XPUT -d value="Hello hidden world"',
      status: 201,
      headers: indexHeaders,
      json: {
        action: "set",
        node: { createdIndex: 3, key: "/_message", modifiedIndex: 3, value: "Hello hidden world" },
      },
    },
    {
      run: 'curl http://127.0.0.1:2379/v2/keys/message -XPUT -d value="Hello world"',
      status: 201,
      headers: indexHeaders,
      json: {
        action: "set",
        node: { createdIndex: 4, key: "/message", modifiedIndex: 4, value: "Hello world" },
      },
    },
    {
      run: "curl http://127.0.0.1:2379/v2/keys/",
      status: 200,
      headers: indexHeaders,
      json: {
        action: "get",
        node: {
          dir: true,
          nodes: [
            { createdIndex: 2, dir: true, key: "/foo_dir", modifiedIndex: 2 },
            { createdIndex: 4, key: "/message", modifiedIndex: 4, value: "Hello world" },
          ],
        },
      },
      remark: rootRemark,
    },
  ],
};

const file: Chapter = {
  title: "Setting a key from a file, read linearization",
  shift: 2,
  steps: [
    start,
    { index: 4 },
    ...given('echo "Hello\\nWorld" > afile.txt'),
    {
      run: "curl http://127.0.0.1:2379/v2/keys/afile -XPUT --data-urlencode value@afile.txt",
      status: 201,
      headers: indexHeaders,
      json: {
        action: "set",
        node: { createdIndex: 2, key: "/afile", modifiedIndex: 2, value: "Hello\nWorld\n" },
      },
      remark: "the document shows the action get, that of reading it back",
    },
    {
      run: "curl http://127.0.0.1:2379/v2/keys/afile?quorum=true",
      status: 200,
      headers: indexHeaders,
      json: {
        action: "get",
        node: { createdIndex: 2, key: "/afile", modifiedIndex: 2, value: "Hello\nWorld\n" },
      },
    },
  ],
};

function infra(name: string, port: number, needsNext = false): Start {
  const [client, peer] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${port + 1}`];
  const cluster = [2380, 22380, 32380].map((each, i) => `infra${i + 1}=http://127.0.0.1:${each}`).join(",");
  const urls = `-listen-client-urls ${client} -advertise-client-urls ${client} -listen-peer-urls ${peer}`;
  const joining = `-initial-advertise-peer-urls ${peer} -initial-cluster '${cluster}' -initial-cluster-state new`;
  return { start: `./bin/etcd -name ${name} -data-dir ${name} ${urls} ${joining}`, as: name, url: client, needsNext };
}

const follower: Json = {
  counts: { fail: 0, success: 745 },
  latency: {
    average: 0.017039507382550306,
    current: 0.000138,
    maximum: 1.007649,
    minimum: 0,
    standardDeviation: 0.05289178277920594,
  },
};

const statistics: Chapter = {
  title: "Statistics",
  steps: [
    infra("infra1", 2379, true),
    infra("infra2", 22379, true),
    infra("infra3", 32379),
    ...given("curl http://127.0.0.1:22379/v2/keys/foo -XPUT -d value=bar"),
    {
      run: "curl http://127.0.0.1:2379/v2/stats/leader",
      at: "leader",
      withinMs: 10_000,
      status: 200,
      headers: { "Content-Type": "application/json" },
      shape: { followers: { "6e3bd23ae5f1eae0": follower, a8266ecf031671f3: follower }, leader: "924e2e83e93f2560" },
    },
    {
      run: "curl http://127.0.0.1:2379/v2/stats/self",
      at: "follower",
      withinMs: 10_000,
      status: 200,
      headers: { "Content-Type": "application/json" },
      shape: {
        id: "eca0338f4ea31566",
        leaderInfo: {
          leader: "8a69d5f6b7814500",
          startTime: "2014-10-24T13:15:51.186620747-07:00",
          uptime: "10m59.322358947s",
        },
        name: "node3",
        recvAppendRequestCnt: 5944,
        recvBandwidthRate: 570.6254930219969,
        recvPkgRate: 9.00892789741075,
        sendAppendRequestCnt: 0,
        startTime: "2014-10-24T13:15:50.072007085-07:00",
        state: "StateFollower",
      },
      text: /"state":"StateFollower"/,
    },
    {
      run: "curl http://127.0.0.1:2379/v2/stats/self",
      at: "leader",
      withinMs: 10_000,
      status: 200,
      headers: { "Content-Type": "application/json" },
      shape: {
        id: "924e2e83e93f2560",
        leaderInfo: {
          leader: "924e2e83e93f2560",
          startTime: "2015-02-09T11:38:30.177534688-08:00",
          uptime: "9m33.891343412s",
        },
        name: "infra3",
        recvAppendRequestCnt: 0,
        sendAppendRequestCnt: 6535,
        sendBandwidthRate: 824.1758351191694,
        sendPkgRate: 11.111234716807138,
        startTime: "2015-02-09T11:38:28.972034204-08:00",
        state: "StateLeader",
      },
      text: /"state":"StateLeader"/,
    },
    {
      run: "curl http://127.0.0.1:2379/v2/stats/store",
      status: 200,
      headers: { "Content-Type": "application/json" },
      shape: {
        compareAndDeleteFail: 0,
        compareAndDeleteSuccess: 0,
        compareAndSwapFail: 0,
        compareAndSwapSuccess: 0,
        createFail: 0,
        createSuccess: 2,
        deleteFail: 0,
        deleteSuccess: 0,
        expireCount: 0,
        getsFail: 4,
        getsSuccess: 75,
        setsFail: 2,
        setsSuccess: 4,
        updateFail: 0,
        updateSuccess: 0,
        watchers: 0,
      },
      remark: "compareAndDelete is counted since 0.3; the document's example is older",
    },
  ],
};

/** The etcd 2 documentation. */
export const seed000: Seed = {
  name: "000",
  chapters: [
    version,
    keys,
    keyTtl,
    unsetTtl,
    refreshTtl,
    waiting,
    cleared,
    closed,
    inOrder,
    directoryTtl,
    compareAndSwap,
    compareAndDelete,
    directories,
    listing,
    deleting,
    hidden,
    file,
    statistics,
  ],
};
