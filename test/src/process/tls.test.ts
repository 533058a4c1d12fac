/** TLS as operators set it up, against etcdctl 3.4 and curl. Certificates are made with openssl for each run. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { EtcdProcess, endAll, freshDirectory, runProgram, type Said } from "./etcd-process.ts";
import { makeCa, makeCert } from "./make-certificates.ts";

after(endAll);

function tlsMember(dataDir: string, flags: readonly string[]): EtcdProcess {
  const url = "https://127.0.0.1:0";
  const listen = ["--listen-client-urls", url, "--advertise-client-urls", url];
  return new EtcdProcess(["--data-dir", dataDir, ...listen, "--listen-peer-urls", "http://127.0.0.1:0", ...flags]);
}

const etcdctl = (endpoint: string, args: readonly string[]): Promise<Said> =>
  runProgram("etcdctl", ["--endpoints", `https://${endpoint}`, "--dial-timeout", "3s", ...args]);

test("mutual TLS serves clients of its CA, over gRPC and HTTP/1.1, and refuses all others", async (t) => {
  const dir = freshDirectory(t);
  await makeCa(dir, "ca");
  await makeCa(dir, "stranger");
  for (const name of ["server", "client"]) await makeCert(dir, name, "ca");
  await makeCert(dir, "intruder", "stranger");
  const file = (name: string) => join(dir, name);
  const own = ["--cert-file", file("server.pem"), "--key-file", file("server-key.pem")];
  const etcd = tlsMember(freshDirectory(t), [...own, "--trusted-ca-file", file("ca.pem"), "--client-cert-auth"]);
  const endpoint = await etcd.serving();
  const as = (name: string, ca = "ca") => [
    ...["--cacert", file(`${ca}.pem`), "--cert", file(`${name}.pem`), "--key", file(`${name}-key.pem`)],
  ];
  assert.equal((await etcdctl(endpoint, [...as("client"), "put", "a", "b"])).stdout, "OK\n");
  assert.notEqual((await etcdctl(endpoint, [...as("intruder"), "get", "a"])).code, 0);
  assert.notEqual((await etcdctl(endpoint, ["--cacert", file("ca.pem"), "get", "a"])).code, 0);
  assert.notEqual((await etcdctl(endpoint, [...as("client", "stranger"), "get", "a"])).code, 0);
  const health = `https://${endpoint}/health`;
  for (const version of ["--http1.1", "--http2"]) {
    const said = await runProgram("curl", ["-sS", version, ...as("client"), "-w", " %{http_version}", health]);
    // Pages are served over HTTP/1.1 only, which is what is agreed on with a client that speaks both.
    assert.equal(said.stdout, '{"health":"true"} 1.1', said.stderr);
  }
  const stranger = await runProgram("curl", ["-sS", "--http1.1", ...as("intruder"), health]);
  assert.notEqual(stranger.code, 0);
  assert.ok(etcd.log.some(({ msg }) => msg === "rejected connection on client endpoint"));
  await etcd.stop();
});

test("--auto-tls encrypts with a certificate of its own", async (t) => {
  const etcd = tlsMember(freshDirectory(t), ["--auto-tls"]);
  const endpoint = await etcd.serving();
  const trusting = ["--insecure-transport=false", "--insecure-skip-tls-verify"];
  const put = await etcdctl(endpoint, [...trusting, "put", "a", "b"]);
  assert.equal(put.stdout, "OK\n", put.stderr);
  assert.notEqual((await etcdctl(endpoint, ["get", "a"])).code, 0);
  await etcd.stop();
});
