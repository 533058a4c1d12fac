/**
 * The README of etcd 0.2.0-rc1, from top to bottom on one server where it goes on with what it had. The copy of the document
 * has lost the addresses of its curl commands; they stand here as that release's README has them. How etcd was cloned and built,
 * and which Go that took, is left out.
 */
import type { Chapter, Json, Run, Seed, Start, Step } from "./step.ts";

const url = "http://127.0.0.1:4001";
const start: Start = { start: "./etcd -d node0 -n node0", as: "node0", url };
const expiration = "2013-12-04T12:01:21.874888581-08:00";
/** On every answer about keys. */
const keyHeaders = {
  "Content-Type": "text/plain; charset=utf-8",
  "X-Etcd-Index": /./,
  "X-Raft-Index": /^\d+$/,
  "X-Raft-Term": /^\d+$/,
};

const keys: readonly Step[] = [
  start,
  {
    run: 'curl -L http://127.0.0.1:4001/v2/keys/message -X PUT -d value="Hello world"',
    status: 201,
    headers: keyHeaders,
    json: { action: "set", key: "/message", value: "Hello world", modifiedIndex: 2 },
  },
  {
    run: "curl -L http://127.0.0.1:4001/v2/keys/message",
    status: 200,
    headers: { ...keyHeaders, "X-Etcd-Index": "2" },
    json: { action: "get", key: "/message", value: "Hello world", modifiedIndex: 2 },
  },
  {
    run: 'curl -L http://127.0.0.1:4001/v2/keys/message -XPUT -d value="Hello etcd"',
    status: 200,
    headers: keyHeaders,
    json: { action: "set", key: "/message", prevValue: "Hello world", value: "Hello etcd", modifiedIndex: 3 },
    remark: "the document calls the last field index",
  },
  {
    run: "curl -L http://127.0.0.1:4001/v2/keys/message -XDELETE",
    status: 200,
    headers: keyHeaders,
    json: { action: "delete", key: "/message", prevValue: "Hello etcd", modifiedIndex: 4 },
  },
];

const timeToLive: readonly Step[] = [
  {
    run: "curl -L http://127.0.0.1:4001/v2/keys/foo -XPUT -d value=bar -d ttl=5",
    status: 201,
    headers: keyHeaders,
    json: { action: "set", key: "/foo", value: "bar", expiration, ttl: 5, modifiedIndex: 5 },
  },
  {
    run: "curl -L http://127.0.0.1:4001/v2/keys/foo",
    withinMs: 8_000,
    status: 400,
    headers: { "Content-Type": "text/plain; charset=utf-8", "X-Etcd-Index": "6" },
    json: { errorCode: 100, message: "Key Not Found", cause: "/foo", index: 6 },
  },
];

const changed: Json = { action: "set", key: "/foo", value: "bar", modifiedIndex: 7 };

const waiting: readonly Step[] = [
  { watch: "curl -L http://127.0.0.1:4001/v2/keys/foo?wait=true", as: "first terminal" },
  {
    run: "curl -L http://127.0.0.1:4001/v2/keys/foo -XPUT -d value=bar",
    status: 201,
    headers: keyHeaders,
    json: changed,
  },
  { returns: "first terminal", status: 200, headers: { ...keyHeaders, "X-Etcd-Index": "7" }, json: changed },
  {
    run: "curl -L http://127.0.0.1:4001/v2/keys/foo?wait=true\\&waitIndex=7",
    status: 200,
    headers: keyHeaders,
    json: changed,
  },
];

const compareAndSwap: readonly Step[] = [
  {
    run: "curl -L http://127.0.0.1:4001/v2/keys/foo -XPUT -d value=one",
    status: 200,
    headers: keyHeaders,
    json: { action: "set", key: "/foo", prevValue: "bar", value: "one", modifiedIndex: 8 },
  },
  {
    run: "curl -L http://127.0.0.1:4001/v2/keys/foo?prevValue=two -XPUT -d value=three",
    status: 400,
    headers: { "Content-Type": "text/plain; charset=utf-8", "X-Etcd-Index": "8" },
    json: { errorCode: 101, message: "Test Failed", cause: "[two != one] [0 != 8]", index: 8 },
  },
  {
    run: "curl -L http://127.0.0.1:4001/v2/keys/foo?prevValue=one -XPUT -d value=two",
    status: 200,
    headers: keyHeaders,
    json: { action: "compareAndSwap", key: "/foo", prevValue: "one", value: "two", modifiedIndex: 9 },
  },
];

const directories: readonly Step[] = [
  {
    run: "curl -L http://127.0.0.1:4001/v2/keys/foo_dir/foo -XPUT -d value=bar",
    status: 201,
    headers: keyHeaders,
    json: { action: "set", key: "/foo_dir/foo", value: "bar", modifiedIndex: 10 },
  },
  {
    run: "curl -L http://127.0.0.1:4001/v2/keys/",
    status: 200,
    headers: keyHeaders,
    json: {
      action: "get",
      key: "/",
      dir: true,
      kvs: [
        { key: "/foo", value: "two", modifiedIndex: 9 },
        { key: "/foo_dir", dir: true, modifiedIndex: 10 },
      ],
      modifiedIndex: 0,
    },
  },
  {
    run: "curl -L http://127.0.0.1:4001/v2/keys/?recursive=true",
    status: 200,
    headers: keyHeaders,
    json: {
      action: "get",
      key: "/",
      dir: true,
      kvs: [
        { key: "/foo", value: "two", modifiedIndex: 9 },
        {
          key: "/foo_dir",
          dir: true,
          kvs: [{ key: "/foo_dir/foo", value: "bar", modifiedIndex: 10 }],
          modifiedIndex: 10,
        },
      ],
      modifiedIndex: 0,
    },
  },
  {
    run: "curl -L http://127.0.0.1:4001/v2/keys/foo_dir?recursive=true -XDELETE",
    status: 200,
    headers: keyHeaders,
    json: { action: "delete", key: "/foo_dir", dir: true, modifiedIndex: 11 },
  },
];

const hidden: readonly Step[] = [
  {
    run: 'curl -L http://127.0.0.1:4001/v2/keys/_message -XPUT -d value="Hello hidden world"',
    status: 201,
    headers: keyHeaders,
    json: { action: "set", key: "/_message", value: "Hello hidden world", modifiedIndex: 12 },
  },
  {
    run: 'curl -L http://127.0.0.1:4001/v2/keys/message -XPUT -d value="Hello world"',
    status: 201,
    headers: keyHeaders,
    json: { action: "set", key: "/message", value: "Hello world", modifiedIndex: 13 },
  },
  {
    run: "curl -L http://127.0.0.1:4001/v2/keys/",
    status: 200,
    headers: keyHeaders,
    json: {
      action: "get",
      key: "/",
      dir: true,
      kvs: [
        { key: "/foo", value: "two", modifiedIndex: 9 },
        { key: "/message", value: "Hello world", modifiedIndex: 13 },
      ],
      modifiedIndex: 0,
    },
  },
  { run: "curl -L http://127.0.0.1:4001/version", status: 200, text: "etcd v0.2.0-rc1" },
];

const node: Chapter = {
  title: "Running a single node",
  steps: [...keys, ...timeToLive, ...waiting, ...compareAndSwap, ...directories, ...hidden],
};

const bar: Json = { action: "set", key: "/foo", value: "bar", modifiedIndex: 2 };
const secureUrl = "https://127.0.0.1:4001";

const https: Chapter = {
  title: "Transport security with HTTPS",
  hasCertificates: true,
  steps: [
    {
      start:
        "./etcd -n node0 -d node0 -clientCert=./fixtures/ca/server.crt -clientKey=./fixtures/ca/server.key.insecure -f",
      as: "node0",
      url: secureUrl,
    },
    {
      run: "curl --cacert ./fixtures/ca/server-chain.pem https://127.0.0.1:4001/v2/keys/foo -XPUT -d value=bar -v",
      status: 201,
      stderr: /TLS handshake, Finished \(20\)/,
      json: bar,
    },
  ],
};

const forced: Chapter = {
  title: "Transport security with HTTPS: -f",
  steps: [
    start,
    { given: "curl -L http://127.0.0.1:4001/v2/keys/old -XPUT -d value=lost" },
    { kill: "node0", signal: "SIGINT" },
    { start: "./etcd -n node0 -d node0 -f", as: "node0", url },
    {
      run: "curl -L http://127.0.0.1:4001/v2/keys/old",
      status: 400,
      json: { errorCode: 100, message: "Key Not Found", cause: "/old", index: 1 },
    },
  ],
};

const clientCertificates: Chapter = {
  title: "Authentication with HTTPS client certificates",
  hasCertificates: true,
  steps: [
    {
      start:
        "./etcd -n node0 -d node0 -clientCAFile=./fixtures/ca/ca.crt -clientCert=./fixtures/ca/server.crt -clientKey=./fixtures/ca/server.key.insecure -f",
      as: "node0",
      url: secureUrl,
    },
    {
      run: "curl --cacert ./fixtures/ca/server-chain.pem https://127.0.0.1:4001/v2/keys/foo -XPUT -d value=bar -v",
      exit: "failing",
      stderr: /alert|Broken pipe|reset/,
      remark: "the wording of the alert is OpenSSL's; TLS 1.3 says certificate required",
    },
    {
      run: "curl --key ./fixtures/ca/server2.key.insecure --cert ./fixtures/ca/server2.crt --cacert ./fixtures/ca/server-chain.pem -L https://127.0.0.1:4001/v2/keys/foo -XPUT -d value=bar -v",
      status: 201,
      stderr: /TLS handshake, CERT verify \(15\)[\s\S]*TLS handshake, Finished \(20\)/,
      json: bar,
    },
  ],
};

function member(i: 1 | 2 | 3, flags = ""): Start {
  const joining = i === 1 ? "" : " -C 127.0.0.1:7001";
  return {
    start: `./etcd -s 127.0.0.1:700${i} -c 127.0.0.1:400${i}${joining} -d nodes/node${i} -n node${i}${flags}`,
    as: `node${i}`,
    url: `http://127.0.0.1:400${i}`,
  };
}

function readFoo(port: number): Run {
  return {
    run: `curl -L http://127.0.0.1:${port}/v2/keys/foo`,
    withinMs: 10_000,
    status: 200,
    headers: keyHeaders,
    json: { action: "get", key: "/foo", value: "bar", modifiedIndex: 4 },
  };
}

const machines: Run = {
  run: "curl -L http://127.0.0.1:4001/v2/machines",
  withinMs: 2_000,
  status: 200,
  text: "http://127.0.0.1:4001, http://127.0.0.1:4002, http://127.0.0.1:4003",
};

const cluster: Chapter = {
  title: "Example cluster of three machines",
  steps: [
    member(1),
    member(2),
    member(3),
    machines,
    {
      run: "curl -L http://127.0.0.1:4001/v2/keys/_etcd/machines",
      status: 200,
      headers: keyHeaders,
      json: {
        action: "get",
        key: "/_etcd/machines",
        dir: true,
        kvs: [1, 2, 3].map((i) => ({
          key: `/_etcd/machines/node${i}`,
          value: `raft=http://127.0.0.1:700${i}&etcd=http://127.0.0.1:400${i}`,
          modifiedIndex: i,
        })),
        modifiedIndex: 1,
      },
    },
    { run: "curl -L http://127.0.0.1:4001/v2/leader", status: 200, text: "http://127.0.0.1:7001" },
    {
      run: "curl -L http://127.0.0.1:4001/v2/keys/foo -XPUT -d value=bar",
      status: 201,
      headers: keyHeaders,
      json: { action: "set", key: "/foo", value: "bar", modifiedIndex: 4 },
    },
    { kill: "node1", signal: "SIGKILL" },
    readFoo(4002),
    {
      run: "curl -L http://127.0.0.1:4002/v2/leader",
      withinMs: 10_000,
      status: 200,
      text: /^http:\/\/127\.0\.0\.1:700[23]$/,
    },
  ],
};

const persistence: Chapter = {
  title: "Testing Persistence",
  steps: [
    member(1),
    member(2),
    member(3),
    { given: "curl -L http://127.0.0.1:4001/v2/keys/foo -XPUT -d value=bar" },
    { kill: "node1", signal: "SIGINT" },
    { kill: "node2", signal: "SIGINT" },
    { kill: "node3", signal: "SIGINT" },
    { ...member(1), needsNext: true },
    { ...member(2), needsNext: true },
    member(3),
    readFoo(4001),
    readFoo(4002),
    readFoo(4003),
  ],
};

const serverTls =
  " -serverCAFile=./fixtures/ca/ca.crt -serverCert=./fixtures/ca/server.crt -serverKey=./fixtures/ca/server.key.insecure";

const httpsBetweenServers: Chapter = {
  title: "Using HTTPS between servers",
  hasCertificates: true,
  steps: [
    member(1, serverTls),
    member(2, serverTls),
    member(3, serverTls),
    machines,
    { run: "curl -L http://127.0.0.1:4001/v2/leader", status: 200, text: "https://127.0.0.1:7001" },
    {
      run: "curl -L http://127.0.0.1:4003/v2/keys/foo -XPUT -d value=bar",
      status: 201,
      headers: keyHeaders,
      json: { action: "set", key: "/foo", value: "bar", modifiedIndex: 4 },
    },
    readFoo(4002),
    {
      run: "curl https://127.0.0.1:7001/v2/leader --cacert ./fixtures/ca/server-chain.pem -v",
      exit: "failing",
      stderr: /alert|Broken pipe|reset/,
    },
  ],
};

const listenAddresses: Chapter = {
  title: "Example cluster of three machines: listening on every address",
  steps: [
    { ...member(1, " -cl 0.0.0.0 -sl 0.0.0.0"), url: "http://127.0.0.1:4001" },
    {
      run: "curl -L http://127.0.0.2:4001/v2/machines",
      status: 200,
      text: "http://127.0.0.1:4001",
    },
    { run: "curl -L http://127.0.0.2:7001/name", status: 200, text: "node1" },
  ],
};

const authority =
  "[ca]\\ndefault_ca=one\\n[one]\\ncertificate=fixtures/ca/ca.crt\\nprivate_key=fixtures/ca/ca.key.insecure\\n" +
  "database=index.txt\\nserial=serial\\nnew_certs_dir=certs\\ndefault_md=sha256\\ndefault_days=30\\n" +
  "[policy_anything]\\ncommonName=supplied\\n";
const clientUsage = "[ ssl_client ]\\n  extendedKeyUsage = clientAuth\\n";
const serverUsage = "[ ssl_server ]\\n  extendedKeyUsage = serverAuth\\n";

function withCertificate(name: string): string {
  return `curl --key ${name}.key --cert certs/${name}.crt --cacert ./fixtures/ca/server-chain.pem -L https://127.0.0.1:4001/v2/keys/foo -XPUT -d value=bar -v`;
}

const keyUsage: Chapter = {
  title: "Why SSLv3 alert handshake failure when using SSL client auth?",
  hasCertificates: true,
  steps: [
    { given: "mkdir certs && touch index.txt && echo 01 > serial" },
    { given: `printf '${authority}${clientUsage}${serverUsage}' > openssl.cnf` },
    { given: "openssl req -newkey rsa:2048 -nodes -keyout node.key -out node.csr -subj /CN=node" },
    { given: "openssl req -newkey rsa:2048 -nodes -keyout other.key -out other.csr -subj /CN=other" },
    {
      run: "yes | openssl ca -config openssl.cnf -policy policy_anything -extensions ssl_client -out certs/node.crt -infiles node.csr",
      stderr: /Write out database with 1 new entries/,
    },
    {
      given:
        "yes | openssl ca -config openssl.cnf -policy policy_anything -extensions ssl_server -out certs/other.crt -infiles other.csr",
    },
    {
      start:
        "./etcd -n node0 -d node0 -clientCAFile=./fixtures/ca/ca.crt -clientCert=./fixtures/ca/server.crt -clientKey=./fixtures/ca/server.key.insecure -f",
      as: "node0",
      url: secureUrl,
    },
    { run: withCertificate("other"), exit: "failing", stderr: /alert|Broken pipe|reset/ },
    { run: withCertificate("node"), status: 201, json: bar },
  ],
};

/** The README of 0.2.0-rc1. */
export const seed002: Seed = {
  name: "002",
  chapters: [
    node,
    https,
    forced,
    clientCertificates,
    cluster,
    persistence,
    httpsBetweenServers,
    listenAddresses,
    keyUsage,
  ],
};
