/**
 * What "Cluster Config" and "Remove Machines" of the 0.4 documentation promise and show no command for: machines that stand by,
 * that are replaced, that come back; and the other ways to start its clusters, by `-discovery` and with TLS.
 */
import { type Chapter, given, type Json, type Run, type Start, type Step } from "./step.ts";

/** Makes the program that release. */
export const as04: readonly string[] = ["--compat", "0.4"];
/** The configuration that the document sets. */
export const config = { activeSize: 3, removeDelay: 1800, syncInterval: 5 };

function peer(i: 1 | 2 | 3 | 4): Start {
  const joining = i === 1 ? "" : " -peers 127.0.0.1:7001";
  const addresses = `-addr 127.0.0.1:400${i} -peer-addr 127.0.0.1:700${i}`;
  return {
    start: `./bin/etcd -name peer${i} -data-dir peer${i} ${addresses}${joining}`,
    as: `peer${i}`,
    url: `http://127.0.0.1:400${i}`,
  };
}

/** Three machines. */
export const cluster: readonly Step[] = [peer(1), peer(2), peer(3)];

function configured(config: string, answer: Json): Run {
  return {
    run: `curl -L http://127.0.0.1:7001/v2/admin/config -XPUT -d '${config}'`,
    status: 200,
    headers: { "Content-Type": "application/json" },
    json: answer,
  };
}

function machineNames(names: RegExp): Run {
  return {
    run: "curl -s http://127.0.0.1:7001/v2/admin/machines | grep -o '\"name\":\"[^\"]*\"' | tr '\\n' ' '",
    withinMs: 20_000,
    text: names,
  };
}

const standingBy: Chapter = {
  title: "Cluster Config: active size",
  flags: as04,
  steps: [
    ...cluster,
    configured('{"activeSize":3, "removeDelay":1800,"syncInterval":1}', { ...config, syncInterval: 1 }),
    peer(4),
    machineNames(/^"name":"peer1" "name":"peer2" "name":"peer3"$/),
    {
      run: "curl http://127.0.0.1:4004/v2/keys/foo",
      status: 307,
      headers: { Location: "http://127.0.0.1:4001/v2/keys/foo" },
    },
    { run: "curl http://127.0.0.1:7004/v2/admin/machines", status: 404, text: "404 page not found" },
    {
      run: "curl -L http://127.0.0.1:4004/v2/keys/foo -XPUT -d value=bar",
      status: 201,
      text: /"action":"set"/,
    },
    { kill: "peer4", signal: "SIGINT" },
    peer(4),
    {
      run: "curl http://127.0.0.1:4004/v2/keys/foo",
      status: 307,
      headers: { Location: "http://127.0.0.1:4001/v2/keys/foo" },
    },
    configured('{"activeSize":4}', { ...config, activeSize: 4, syncInterval: 1 }),
    machineNames(/^"name":"peer1" "name":"peer2" "name":"peer3" "name":"peer4"$/),
    {
      run: "curl http://127.0.0.1:4004/v2/keys/foo",
      withinMs: 10_000,
      status: 200,
      text: /"key":"\/foo","value":"bar"/,
      remark: "the machine takes part: it answers from its own store",
    },
    { kill: "peer4", signal: "SIGKILL" },
    configured('{"activeSize":3}', { ...config, syncInterval: 1 }),
    machineNames(/^"name":"peer1"( "name":"peer[234]"){2}$/),
  ],
};

const replacement: Chapter = {
  title: "Cluster Config: remove delay",
  flags: as04,
  steps: [
    ...cluster,
    configured('{"activeSize":3, "removeDelay":2,"syncInterval":1}', { ...config, removeDelay: 2, syncInterval: 1 }),
    peer(4),
    machineNames(/^"name":"peer1" "name":"peer2" "name":"peer3"$/),
    { kill: "peer3", signal: "SIGKILL" },
    machineNames(/^"name":"peer1" "name":"peer2" "name":"peer4"$/),
    peer(3),
    {
      run: "curl http://127.0.0.1:4003/v2/keys/",
      withinMs: 20_000,
      status: 307,
      headers: { Location: "http://127.0.0.1:4001/v2/keys/" },
      remark: "the machine comes back, hears that it was removed, and stands by",
    },
  ],
};

const serviceUrl = "http://127.0.0.1:4009";

function discovering(i: 1 | 2 | 3): Start {
  const addresses = `-addr 127.0.0.1:400${i} -peer-addr 127.0.0.1:700${i}`;
  return {
    start: `./bin/etcd -name peer${i} -data-dir peer${i} ${addresses} -discovery ${serviceUrl}/v2/keys/machines`,
    as: `peer${i}`,
    url: `http://127.0.0.1:400${i}`,
  };
}

const discovery: Chapter = {
  title: "Clusters by -discovery",
  flags: as04,
  steps: [
    {
      start: "./bin/etcd -name service -data-dir service -addr 127.0.0.1:4009 -peer-addr 127.0.0.1:7009",
      as: "service",
      url: serviceUrl,
    },
    discovering(1),
    discovering(2),
    discovering(3),
    machineNames(/^"name":"peer1" "name":"peer2" "name":"peer3"$/),
    { run: "curl -L http://127.0.0.1:4002/v2/leader", status: 200, text: "http://127.0.0.1:7001" },
    {
      run: `curl -L ${serviceUrl}/v2/keys/machines`,
      status: 200,
      text: /("key":"\/machines\/peer\d","value":"http:\/\/127\.0\.0\.1:700\d","expiration":"[^"]+","ttl":604[78]\d\d.*){3}/,
    },
    { run: `curl -L ${serviceUrl}/v2/keys/machines/_state`, status: 200, text: /"value":"started"/ },
    { kill: "peer2", signal: "SIGINT" },
    { kill: "service", signal: "SIGINT" },
    discovering(2),
    machineNames(/^"name":"peer1" "name":"peer2" "name":"peer3"$/),
  ],
};

const secureFlags = ["", "peer-"]
  .map(
    (side) =>
      `-${side}ca-file=./fixtures/ca/ca.crt -${side}cert-file=./fixtures/ca/server.crt -${side}key-file=./fixtures/ca/server.key.insecure`,
  )
  .join(" ");

function securePeer(i: 1 | 2 | 3): Start {
  const { start: command, as } = peer(i);
  return { start: `${command} ${secureFlags}`, as, url: `https://127.0.0.1:400${i}` };
}

const identity =
  "--key ./fixtures/ca/server2.key.insecure --cert ./fixtures/ca/server2.crt --cacert ./fixtures/ca/server-chain.pem";

const tls: Chapter = {
  title: "Clusters: TLS with client certificates on both ports",
  flags: as04,
  hasCertificates: true,
  steps: [
    securePeer(1),
    securePeer(2),
    securePeer(3),
    {
      run: `curl ${identity} -L https://127.0.0.1:4003/v2/keys/foo -XPUT -d value=bar`,
      withinMs: 10_000,
      status: 201,
      text: /"action":"set"/,
    },
    {
      run: `curl ${identity} -L https://127.0.0.1:7002/v2/admin/machines`,
      withinMs: 10_000,
      status: 200,
      json: [1, 2, 3].map((i) => ({
        name: `peer${i}`,
        state: i === 1 ? "leader" : "follower",
        clientURL: `https://127.0.0.1:400${i}`,
        peerURL: `https://127.0.0.1:700${i}`,
      })),
    },
    ...[4002, 7002].map((port) => ({
      run: `curl --cacert ./fixtures/ca/server-chain.pem -L https://127.0.0.1:${port}/version -v`,
      exit: "failing" as const,
      stderr: /alert|Broken pipe|reset/,
    })),
  ],
};

const comingBack: Chapter = {
  title: "Remove Machines: a machine that is not stopped comes back",
  flags: as04,
  steps: [
    ...cluster,
    configured('{"activeSize":3,"syncInterval":1}', { ...config, syncInterval: 1 }),
    { run: "curl -L -XDELETE http://127.0.0.1:7001/v2/admin/machines/peer2", status: 200 },
    machineNames(/^"name":"peer1" "name":"peer3"$/),
    machineNames(/^"name":"peer1" "name":"peer2" "name":"peer3"$/),
    {
      run: "curl -L http://127.0.0.1:4002/v2/keys/foo -XPUT -d value=bar",
      withinMs: 10_000,
      status: 201,
      text: /"action":"set"/,
    },
  ],
};

const lostDisk: Chapter = {
  title: "Remove Machines: a machine without its disk",
  flags: as04,
  steps: [
    ...cluster,
    {
      run: "curl -L http://127.0.0.1:4001/v2/keys/foo -XPUT -d value=bar",
      status: 201,
      json: { action: "set", node: { key: "/foo", value: "bar", createdIndex: 5, modifiedIndex: 5 } },
      remark: "the machines have the indexes 1, 3 and 4, the configuration has 2",
    },
    ...[1, 3, 4].map((index, i) => ({
      run: `curl -L http://127.0.0.1:4002/v2/keys/_etcd/machines/peer${i + 1}`,
      status: 200,
      json: {
        action: "get",
        node: {
          key: `/_etcd/machines/peer${i + 1}`,
          value: `etcd=http%3A%2F%2F127.0.0.1%3A400${i + 1}&raft=http%3A%2F%2F127.0.0.1%3A700${i + 1}`,
          createdIndex: index,
          modifiedIndex: index,
        },
      },
    })),
    { kill: "peer3", signal: "SIGKILL" },
    ...given("rm -r peer3"),
    peer(3),
    machineNames(/^"name":"peer1" "name":"peer2" "name":"peer3"$/),
    {
      run: "curl http://127.0.0.1:4003/v2/keys/foo",
      withinMs: 10_000,
      status: 200,
      text: /"key":"\/foo","value":"bar"/,
    },
    { kill: "peer1", signal: "SIGKILL" },
    {
      run: "curl -L http://127.0.0.1:4003/v2/keys/foo -XPUT -d value=new",
      withinMs: 20_000,
      status: 200,
      text: /"action":"set"/,
      remark: "two of three are left: the cluster counts the machine once",
    },
  ],
};

/** The chapters. */
export const machineChapters: readonly Chapter[] = [standingBy, replacement, comingBack, lostDisk, discovery, tls];
