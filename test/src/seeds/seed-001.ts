/**
 * "etcd API" of the etcd 0.4 documentation, chapter by chapter; its lock and leader modules are those of 0.3, because 0.4.9
 * had dropped them. Numbers of other runs and answers that no release gave as printed are treated as in `seed-000.ts`; for
 * the errors that the modules' chapters describe without a command, the command is added.
 */
import { as04, cluster, config, machineChapters } from "./seed-001-machines.ts";
import { type Chapter, given, type Json, type Seed, type Start, type Step } from "./step.ts";

const url = "http://127.0.0.1:4001";
const start: Start = { start: "./bin/etcd -data-dir machine0 -name machine0", as: "machine0", url };
const as03 = ["--compat", "0.3"];
const expiration = "2013-12-04T12:01:21.874888581-08:00";
/** On every answer about keys. */
const indexHeaders = {
  "Content-Type": "application/json",
  "X-Etcd-Index": /^\d+$/,
  "X-Raft-Index": /^\d+$/,
  "X-Raft-Term": /^\d+$/,
};
/** What Go prints for no time at all. */
const never = "0001-01-01T00:00:00Z";
const listingRemark = "the document leaves out the key of the root, and /foo which its text sees there";
const ttlMessage = "The given TTL in POST form is not a number";
const messageRemark = "the document shows the message of 0.2";

const version: Chapter = {
  title: "Getting the etcd version",
  flags: as04,
  steps: [
    start,
    {
      run: "curl -L http://127.0.0.1:4001/version",
      status: 200,
      headers: { "Content-Type": "text/plain; charset=utf-8" },
      text: "etcd 0.4.9",
    },
  ],
};

const keys: Chapter = {
  title: "Setting, getting, changing and deleting a key",
  flags: as04,
  shift: 1,
  steps: [
    start,
    { index: 3 },
    {
      run: 'curl -L http://127.0.0.1:4001/v2/keys/message -XPUT -d value="Hello world"',
      status: 201,
      headers: { ...indexHeaders, "X-Etcd-Index": "3" },
      json: {
        action: "set",
        node: { createdIndex: 2, key: "/message", modifiedIndex: 2, value: "Hello world" },
      },
    },
    {
      run: "curl -L http://127.0.0.1:4001/v2/keys/message",
      status: 200,
      headers: { ...indexHeaders, "X-Etcd-Index": "3" },
      json: {
        action: "get",
        node: { createdIndex: 2, key: "/message", modifiedIndex: 2, value: "Hello world" },
      },
    },
    {
      run: 'curl -L http://127.0.0.1:4001/v2/keys/message -XPUT -d value="Hello etcd"',
      status: 200,
      headers: { ...indexHeaders, "X-Etcd-Index": "4" },
      json: {
        action: "set",
        node: { createdIndex: 3, key: "/message", modifiedIndex: 3, value: "Hello etcd" },
        prevNode: { createdIndex: 2, key: "/message", value: "Hello world", modifiedIndex: 2 },
      },
    },
    {
      run: "curl -L http://127.0.0.1:4001/v2/keys/message -XDELETE",
      status: 200,
      headers: { ...indexHeaders, "X-Etcd-Index": "5" },
      json: {
        action: "delete",
        node: { createdIndex: 3, key: "/message", modifiedIndex: 4 },
        prevNode: { key: "/message", value: "Hello etcd", modifiedIndex: 3, createdIndex: 3 },
      },
    },
  ],
};

const setWithTtl: Step = {
  run: "curl -L http://127.0.0.1:4001/v2/keys/foo -XPUT -d value=bar -d ttl=5",
  status: 201,
  headers: indexHeaders,
  json: {
    action: "set",
    node: { createdIndex: 5, expiration, key: "/foo", modifiedIndex: 5, ttl: 5, value: "bar" },
  },
};

const keyTtl: Chapter = {
  title: "Using key TTL",
  flags: as04,
  steps: [
    start,
    { index: 5 },
    setWithTtl,
    {
      run: "curl -L http://127.0.0.1:4001/v2/keys/foo",
      withinMs: 8_000,
      status: 404,
      headers: { "Content-Type": "application/json", "X-Etcd-Index": "6" },
      json: { cause: "/foo", errorCode: 100, index: 6, message: "Key not found" },
      remark: messageRemark,
    },
  ],
};

const unsetTtl: Chapter = {
  title: "Using key TTL: unset",
  flags: as04,
  steps: [
    start,
    { index: 5 },
    setWithTtl,
    {
      run: "curl -L http://127.0.0.1:4001/v2/keys/foo -XPUT -d value=bar -d ttl= -d prevExist=true",
      status: 200,
      headers: indexHeaders,
      json: {
        action: "update",
        node: { createdIndex: 5, key: "/foo", modifiedIndex: 6, value: "bar" },
        prevNode: { createdIndex: 5, expiration: never, key: "/foo", modifiedIndex: 5, ttl: 3, value: "bar" },
      },
      remark: "0.4 has already forgotten when the previous node was to expire",
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
  flags: as04,
  steps: [
    start,
    { index: 6 },
    ...given("curl -L http://127.0.0.1:4001/v2/keys/foo -XPUT -d value=bar"),
    { watch: "curl -L http://127.0.0.1:4001/v2/keys/foo?wait=true", as: "first terminal" },
    {
      run: "curl -L http://127.0.0.1:4001/v2/keys/foo -XPUT -d value=bar",
      status: 200,
      headers: indexHeaders,
      json: changed,
    },
    { returns: "first terminal", status: 200, headers: { ...indexHeaders, "X-Etcd-Index": "6" }, json: changed },
    {
      run: "curl -L 'http://127.0.0.1:4001/v2/keys/foo?wait=true&waitIndex=7'",
      status: 200,
      headers: indexHeaders,
      json: changed,
    },
  ],
};

const inOrder: Chapter = {
  title: "Atomically Creating In-Order Keys",
  flags: as04,
  steps: [
    start,
    { index: 6 },
    {
      run: "curl http://127.0.0.1:4001/v2/keys/queue -XPOST -d value=Job1",
      status: 201,
      headers: indexHeaders,
      json: {
        action: "create",
        node: { createdIndex: 6, key: "/queue/6", modifiedIndex: 6, value: "Job1" },
      },
    },
    { index: 29 },
    {
      run: "curl http://127.0.0.1:4001/v2/keys/queue -XPOST -d value=Job2",
      status: 201,
      headers: indexHeaders,
      json: {
        action: "create",
        node: { createdIndex: 29, key: "/queue/29", modifiedIndex: 29, value: "Job2" },
      },
    },
    {
      run: "curl -s 'http://127.0.0.1:4001/v2/keys/queue?recursive=true&sorted=true'",
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
            { createdIndex: 29, key: "/queue/29", modifiedIndex: 29, value: "Job2" },
            { createdIndex: 6, key: "/queue/6", modifiedIndex: 6, value: "Job1" },
          ],
        },
      },
      remark: "sorted as text: numbers of different length are not in the order of time before 2.0",
    },
  ],
};

const directoryTtl: Chapter = {
  title: "Using a directory TTL",
  flags: as04,
  steps: [
    start,
    { index: 17 },
    {
      run: "curl -L http://127.0.0.1:4001/v2/keys/dir -XPUT -d ttl=30 -d dir=true",
      status: 201,
      headers: indexHeaders,
      json: {
        action: "set",
        node: { createdIndex: 17, dir: true, expiration, key: "/dir", modifiedIndex: 17, ttl: 30 },
      },
    },
    {
      run: "curl -L http://127.0.0.1:4001/v2/keys/dir -XPUT -d ttl=30 -d dir=true -d prevExist=true",
      status: 200,
      headers: indexHeaders,
      json: {
        action: "update",
        node: { createdIndex: 17, dir: true, expiration, key: "/dir", modifiedIndex: 18, ttl: 30 },
        prevNode: { createdIndex: 17, dir: true, expiration, key: "/dir", modifiedIndex: 17, ttl: 30 },
      },
    },
    ...given("curl -L http://127.0.0.1:4001/v2/keys/dir/asdf -XPUT -d value=below"),
    { watch: "curl 'http://127.0.0.1:4001/v2/keys/dir/asdf?consistent=true&wait=true'", as: "watcher" },
    {
      returns: "watcher",
      status: 200,
      json: {
        action: "expire",
        node: { createdIndex: 17, key: "/dir", modifiedIndex: 20 },
        prevNode: { createdIndex: 17, key: "/dir", dir: true, modifiedIndex: 17, expiration },
      },
    },
  ],
};

const compareAndSwap: Chapter = {
  title: "Atomic Compare-and-Swap",
  flags: as04,
  steps: [
    start,
    { index: 8 },
    {
      run: "curl -L http://127.0.0.1:4001/v2/keys/foo -XPUT -d value=one",
      status: 201,
      headers: indexHeaders,
      json: { action: "set", node: { key: "/foo", value: "one", modifiedIndex: 8, createdIndex: 8 } },
    },
    {
      run: "curl -L http://127.0.0.1:4001/v2/keys/foo?prevExist=false -XPUT -d value=three",
      status: 412,
      json: { cause: "/foo", errorCode: 105, index: 8, message: "Key already exists" },
      remark: messageRemark,
    },
    {
      run: "curl -L http://127.0.0.1:4001/v2/keys/foo?prevValue=two -XPUT -d value=three",
      status: 412,
      json: { cause: "[two != one]", errorCode: 101, index: 8, message: "Compare failed" },
      remark: messageRemark,
    },
    {
      run: "curl -L http://127.0.0.1:4001/v2/keys/foo?prevValue=one -XPUT -d value=two",
      status: 200,
      headers: indexHeaders,
      json: {
        action: "compareAndSwap",
        node: { createdIndex: 8, key: "/foo", modifiedIndex: 9, value: "two" },
        prevNode: { createdIndex: 8, key: "/foo", modifiedIndex: 8, value: "one" },
      },
    },
    {
      run: "curl -L http://127.0.0.1:4001/v2/keys/foo?prevIndex=0 -XPUT -d value=three",
      status: 200,
      json: {
        action: "compareAndSwap",
        node: { createdIndex: 8, key: "/foo", modifiedIndex: 10, value: "three" },
        prevNode: { createdIndex: 8, key: "/foo", modifiedIndex: 9, value: "two" },
      },
    },
  ],
};

const compareAndDelete: Chapter = {
  title: "Atomic Compare-and-Delete",
  flags: as04,
  steps: [
    start,
    { index: 8 },
    {
      run: "curl -L http://127.0.0.1:4001/v2/keys/foo -XPUT -d value=one",
      status: 201,
      json: { action: "set", node: { key: "/foo", value: "one", modifiedIndex: 8, createdIndex: 8 } },
    },
    {
      run: "curl -L http://127.0.0.1:4001/v2/keys/foo?prevValue=two -XDELETE",
      status: 412,
      json: { errorCode: 101, message: "Compare failed", cause: "[two != one]", index: 8 },
    },
    {
      run: "curl -L http://127.0.0.1:4001/v2/keys/foo?prevIndex=1 -XDELETE",
      status: 412,
      json: { errorCode: 101, message: "Compare failed", cause: "[1 != 8]", index: 8 },
    },
    {
      run: "curl -L http://127.0.0.1:4001/v2/keys/foo?prevValue=one -XDELETE",
      status: 200,
      headers: indexHeaders,
      json: {
        action: "compareAndDelete",
        node: { key: "/foo", modifiedIndex: 9, createdIndex: 8 },
        prevNode: { key: "/foo", value: "one", modifiedIndex: 8, createdIndex: 8 },
      },
    },
  ],
};

const directories: Chapter = {
  title: "Creating Directories",
  flags: as04,
  steps: [
    start,
    { index: 30 },
    {
      run: "curl -L http://127.0.0.1:4001/v2/keys/dir -XPUT -d dir=true",
      status: 201,
      headers: indexHeaders,
      json: { action: "set", node: { createdIndex: 30, dir: true, key: "/dir", modifiedIndex: 30 } },
    },
  ],
};

const listing: Chapter = {
  title: "Listing a directory",
  flags: as04,
  shift: 2,
  steps: [
    start,
    { index: 3 },
    ...given("curl -L http://127.0.0.1:4001/v2/keys/foo -XPUT -d value=two"),
    {
      run: "curl -L http://127.0.0.1:4001/v2/keys/foo_dir/foo -XPUT -d value=bar",
      status: 201,
      headers: indexHeaders,
      json: { action: "set", node: { createdIndex: 2, key: "/foo_dir/foo", modifiedIndex: 2, value: "bar" } },
    },
    {
      run: "curl -L http://127.0.0.1:4001/v2/keys/",
      status: 200,
      headers: indexHeaders,
      json: {
        action: "get",
        node: {
          key: "/",
          dir: true,
          nodes: [
            { key: "/foo_dir", dir: true, modifiedIndex: 2, createdIndex: 2 },
            { key: "/foo", value: "two", modifiedIndex: 1, createdIndex: 1 },
          ],
        },
      },
      remark: listingRemark,
    },
    {
      run: "curl -L http://127.0.0.1:4001/v2/keys/?recursive=true",
      status: 200,
      headers: indexHeaders,
      json: {
        action: "get",
        node: {
          key: "/",
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
      remark: listingRemark,
    },
  ],
};

const deleting: Chapter = {
  title: "Deleting a Directory",
  flags: as04,
  steps: [
    start,
    { index: 9 },
    ...given("curl -L http://127.0.0.1:4001/v2/keys/foo_dir/foo -XPUT -d value=bar"),
    ...given("curl -L http://127.0.0.1:4001/v2/keys/dir/foo -XPUT -d value=bar"),
    {
      run: "curl -L 'http://127.0.0.1:4001/v2/keys/foo_dir?dir=true' -XDELETE",
      status: 403,
      json: { cause: "/foo_dir", errorCode: 108, index: 10, message: "Directory not empty" },
      remark: "the directory of the chapter before still holds a key; below it is empty",
    },
    {
      run: "curl -L http://127.0.0.1:4001/v2/keys/dir?recursive=true -XDELETE",
      status: 200,
      headers: indexHeaders,
      json: {
        action: "delete",
        node: { createdIndex: 10, dir: true, key: "/dir", modifiedIndex: 11 },
        prevNode: { createdIndex: 10, dir: true, key: "/dir", modifiedIndex: 10 },
      },
    },
    ...given("curl -L http://127.0.0.1:4001/v2/keys/foo_dir?recursive=true -XDELETE"),
    { index: 30 },
    ...given("curl -L http://127.0.0.1:4001/v2/keys/foo_dir -XPUT -d dir=true"),
    {
      run: "curl -L 'http://127.0.0.1:4001/v2/keys/foo_dir?dir=true' -XDELETE",
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
  flags: as04,
  shift: 1,
  steps: [
    start,
    { index: 3 },
    ...given("curl -L http://127.0.0.1:4001/v2/keys/foo_dir -XPUT -d dir=true"),
    {
      run: 'curl -L http://127.0.0.1:4001/v2/keys/_message -XPUT -d value="Hello hidden world"',
      status: 201,
      headers: indexHeaders,
      json: {
        action: "set",
        node: { createdIndex: 3, key: "/_message", modifiedIndex: 3, value: "Hello hidden world" },
      },
    },
    {
      run: 'curl -L http://127.0.0.1:4001/v2/keys/message -XPUT -d value="Hello world"',
      status: 201,
      headers: indexHeaders,
      json: {
        action: "set",
        node: { createdIndex: 4, key: "/message", modifiedIndex: 4, value: "Hello world" },
      },
    },
    {
      run: "curl -L http://127.0.0.1:4001/v2/keys/",
      status: 200,
      headers: indexHeaders,
      json: {
        action: "get",
        node: {
          dir: true,
          key: "/",
          nodes: [
            { createdIndex: 2, dir: true, key: "/foo_dir", modifiedIndex: 2 },
            { createdIndex: 4, key: "/message", modifiedIndex: 4, value: "Hello world" },
          ],
        },
      },
    },
  ],
};

const file: Chapter = {
  title: "Setting a key from a file, read linearization",
  flags: as04,
  shift: 1,
  steps: [
    start,
    { index: 3 },
    ...given('echo "Hello\\nWorld" > afile.txt'),
    {
      run: "curl -L http://127.0.0.1:4001/v2/keys/afile -XPUT --data-urlencode value@afile.txt",
      status: 201,
      headers: indexHeaders,
      json: {
        action: "set",
        node: { createdIndex: 2, key: "/afile", modifiedIndex: 2, value: "Hello\nWorld\n" },
      },
      remark: "the document shows the action get, that of reading it back",
    },
    {
      run: "curl -L http://127.0.0.1:4001/v2/keys/afile?quorum=true",
      status: 200,
      headers: indexHeaders,
      json: {
        action: "get",
        node: { createdIndex: 2, key: "/afile", modifiedIndex: 2, value: "Hello\nWorld\n" },
      },
    },
  ],
};

const lock: Chapter = {
  title: "Lock Module",
  flags: as03,
  steps: [
    start,
    {
      run: "curl -L http://127.0.0.1:4001/mod/v2/lock/mylock -XPOST -d ttl=20",
      status: 200,
      text: "2",
    },
    {
      run: "curl -L http://127.0.0.1:4001/mod/v2/lock/mylock?field=index",
      status: 200,
      text: "2",
    },
    {
      run: "curl -L http://127.0.0.1:4001/mod/v2/lock/mylock -XPOST",
      status: 400,
      json: { errorCode: 202, message: ttlMessage, cause: "Acquire", index: 0 },
    },
    {
      run: "curl -L http://127.0.0.1:4001/mod/v2/lock/mylock -XPOST -d ttl=20 -d timeout=soon",
      status: 400,
      json: {
        errorCode: 205,
        message: "The given timeout in POST form is not a number",
        cause: "Acquire",
        index: 0,
      },
    },
    {
      run: "curl -L http://127.0.0.1:4001/mod/v2/lock/mylock?field=owner",
      status: 400,
      json: { errorCode: 209, message: "Invalid field", cause: "Get", index: 0 },
    },
  ],
};

const renewing: Chapter = {
  title: "Lock Module: renewing and releasing",
  flags: as03,
  steps: [
    start,
    { index: 5 },
    ...given("curl -L http://127.0.0.1:4001/mod/v2/lock/mylock -XPOST -d ttl=5"),
    {
      run: "curl -L http://127.0.0.1:4001/mod/v2/lock/mylock -XPUT -d index=5 -d ttl=20",
      status: 200,
      text: "",
    },
    {
      run: "curl -L 'http://127.0.0.1:4001/v2/keys/_etcd/mod/lock/mylock/5'",
      status: 200,
      json: {
        action: "get",
        node: { key: "/_etcd/mod/lock/mylock/5", value: "-", expiration, ttl: 20, modifiedIndex: 7, createdIndex: 5 },
      },
    },
    {
      run: "curl -L http://127.0.0.1:4001/mod/v2/lock/mylock -XPUT -d ttl=20",
      status: 400,
      json: { errorCode: 207, message: "Index or value is required", cause: "Renew", index: 0 },
    },
    {
      run: "curl -L http://127.0.0.1:4001/mod/v2/lock/mylock -XPUT -d value=nobody -d ttl=20",
      status: 404,
      json: { errorCode: 100, message: "Key not found", cause: "Renew", index: 0 },
      remark: "the document shows no cause, and index 1",
    },
    {
      run: "curl -L http://127.0.0.1:4001/mod/v2/lock/mylock -XPUT -d index=4 -d ttl=20",
      status: 500,
      text: "100: Key not found (/_etcd/mod/lock/mylock/4) [7]",
      remark: "the document promises 404 and JSON for an index, too; 0.3.0 answered this",
    },
    {
      run: "curl -L http://127.0.0.1:4001/mod/v2/lock/mylock -XPUT -d index=5",
      status: 400,
      json: { errorCode: 202, message: ttlMessage, cause: "Renew", index: 0 },
    },
    {
      run: "curl -L http://127.0.0.1:4001/mod/v2/lock/mylock -XDELETE",
      status: 400,
      json: { errorCode: 207, message: "Index or value is required", cause: "Release", index: 0 },
    },
    {
      run: "curl -L 'http://127.0.0.1:4001/mod/v2/lock/mylock?index=5&value=-' -XDELETE",
      status: 400,
      json: { errorCode: 208, message: "Index and value cannot both be specified", cause: "Release", index: 0 },
    },
    {
      run: "curl -L http://127.0.0.1:4001/mod/v2/lock/mylock?value=nobody -XDELETE",
      status: 404,
      json: { errorCode: 100, message: "Key not found", cause: "Release", index: 0 },
      remark: "the document shows no cause, and index 1",
    },
    {
      run: "curl -L http://127.0.0.1:4001/mod/v2/lock/mylock?index=5 -XDELETE",
      status: 200,
      text: "",
    },
    { run: "curl -L http://127.0.0.1:4001/mod/v2/lock/mylock?field=index", status: 200, text: "" },
  ],
};

const leader: Chapter = {
  title: "Leader Module",
  flags: as03,
  steps: [
    start,
    {
      run: "curl -L http://127.0.0.1:4001/mod/v2/leader/myclustername -XPUT -d ttl=300 -d name=foo.mydomain.com",
      status: 200,
      text: "2",
    },
    {
      run: "curl -L http://127.0.0.1:4001/mod/v2/leader/myclustername -XPUT -d ttl=300",
      status: 400,
      json: { errorCode: 206, message: "Name is required in POST form", cause: "Set", index: 0 },
    },
    {
      run: "curl -L http://127.0.0.1:4001/mod/v2/leader/myclustername",
      status: 200,
      text: "foo.mydomain.com",
    },
    {
      run: "curl -L http://127.0.0.1:4001/mod/v2/leader/myclustername -XDELETE",
      status: 400,
      json: { errorCode: 206, message: "Name is required in POST form", cause: "Delete", index: 0 },
      remark: "the document shows the cause Set",
    },
    {
      run: "curl -L http://127.0.0.1:4001/mod/v2/leader/myclustername?name=foo.mydomain.com -XDELETE",
      status: 200,
      text: "",
    },
    { run: "curl -L http://127.0.0.1:4001/mod/v2/leader/myclustername", status: 200, text: "" },
  ],
};

const consistent: Chapter = {
  title: "Read from the Master",
  flags: as04,
  steps: [
    ...cluster,
    ...given("curl -L http://127.0.0.1:4002/v2/keys/foo -XPUT -d value=bar"),
    {
      run: "curl 'http://127.0.0.1:4002/v2/keys/foo?consistent=true'",
      at: "follower",
      status: 307,
      headers: { Location: "http://127.0.0.1:4001/v2/keys/foo?consistent=true" },
    },
    {
      run: "curl -L 'http://127.0.0.1:4002/v2/keys/foo?consistent=true'",
      at: "follower",
      status: 200,
      text: /"key":"\/foo","value":"bar"/,
    },
  ],
};

const followerFigures: Json = {
  counts: { fail: 1212, success: 4163176 },
  latency: {
    average: 2.7206299430775007,
    current: 1.486487,
    maximum: 2018.410279,
    minimum: 1.011763,
    standardDeviation: 6.246990702203536,
  },
};

const selfRemark = "leaderInfo has startTime in 0.4.9, too";

const statistics: Chapter = {
  title: "Statistics",
  flags: as04,
  steps: [
    ...cluster,
    ...given("curl -L http://127.0.0.1:4001/v2/keys/foo -XPUT -d value=bar"),
    {
      run: "curl -L http://127.0.0.1:4001/v2/stats/leader",
      withinMs: 10_000,
      status: 200,
      headers: { "Content-Type": "application/json" },
      shape: { followers: { peer2: followerFigures, peer3: followerFigures }, leader: "peer1" },
      text: /"leader":"peer1"/,
    },
    {
      run: "curl -L http://127.0.0.1:4001/v2/stats/self",
      at: "follower",
      withinMs: 10_000,
      status: 200,
      headers: { "Content-Type": "application/json" },
      shape: {
        leaderInfo: { leader: "machine1", startTime: "2014-01-01T15:26:24.96569404Z", uptime: "1m18.544996775s" },
        name: "machine0",
        recvAppendRequestCnt: 5871307,
        recvBandwidthRate: 630.3121596542599,
        recvPkgRate: 19.272654323628185,
        sendAppendRequestCnt: 3175763,
        startTime: "2014-01-01T15:26:24.96569404Z",
        state: "follower",
      },
      text: /"state":"follower"/,
      remark: selfRemark,
    },
    {
      run: "curl -L http://127.0.0.1:4001/v2/stats/self",
      at: "leader",
      withinMs: 10_000,
      status: 200,
      headers: { "Content-Type": "application/json" },
      shape: {
        leaderInfo: { leader: "machine0", startTime: "2014-01-01T15:26:24.96569404Z", uptime: "24.648619798s" },
        name: "machine0",
        recvAppendRequestCnt: 5901116,
        sendAppendRequestCnt: 3212344,
        sendBandwidthRate: 1254.3151237301615,
        sendPkgRate: 38.71342974475808,
        startTime: "2014-01-01T15:26:24.96569404Z",
        state: "leader",
      },
      text: /"state":"leader"/,
      remark: selfRemark,
    },
    {
      run: "curl -L http://127.0.0.1:4001/v2/stats/store",
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

const machineTwo: Json = {
  clientURL: "http://127.0.0.1:4002",
  name: "peer2",
  peerURL: "http://127.0.0.1:7002",
  state: "follower",
};
const others: readonly Json[] = [
  { clientURL: "http://127.0.0.1:4001", name: "peer1", peerURL: "http://127.0.0.1:7001", state: "leader" },
  { clientURL: "http://127.0.0.1:4003", name: "peer3", peerURL: "http://127.0.0.1:7003", state: "follower" },
];

const clusterConfig: Chapter = {
  title: "Cluster Config, Remove Machines",
  flags: as04,
  steps: [
    ...cluster,
    {
      run: `curl -L http://127.0.0.1:7001/v2/admin/config -XPUT -d '{"activeSize":3, "removeDelay":1800,"syncInterval":5}'`,
      status: 200,
      headers: { "Content-Type": "application/json" },
      json: config,
    },
    {
      run: "curl -L http://127.0.0.1:7001/v2/admin/config",
      status: 200,
      headers: { "Content-Type": "application/json" },
      json: config,
    },
    {
      run: "curl -L http://127.0.0.1:7001/v2/admin/machines",
      status: 200,
      headers: { "Content-Type": "application/json" },
      json: [machineTwo, ...others],
    },
    {
      run: "curl -L http://127.0.0.1:7001/v2/admin/machines/peer2",
      status: 200,
      headers: { "Content-Type": "application/json" },
      json: machineTwo,
    },
    {
      run: "curl -L -XDELETE http://127.0.0.1:7001/v2/admin/machines/peer2",
      status: 200,
      text: /^.{8}$/s,
      remark: "the document shows no answer; it is the raft index of the removal in eight bytes",
    },
    { run: "curl -L http://127.0.0.1:7001/v2/admin/machines", withinMs: 2_000, status: 200, json: others },
  ],
};

/** The etcd 0.4 documentation. */
export const seed001: Seed = {
  name: "001",
  chapters: [
    version,
    keys,
    keyTtl,
    unsetTtl,
    waiting,
    inOrder,
    directoryTtl,
    compareAndSwap,
    compareAndDelete,
    directories,
    listing,
    deleting,
    hidden,
    file,
    consistent,
    lock,
    renewing,
    leader,
    statistics,
    clusterConfig,
    ...machineChapters,
  ],
};
