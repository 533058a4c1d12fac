/** TLS between members as operators set it up. Certificates are made with openssl for each run. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { freePorts } from "../harness/index.ts";
import { EtcdProcess, endAll, freshDirectory } from "./etcd-process.ts";
import { makeCa, makeCert } from "./make-certificates.ts";

after(endAll);

/** Two founders over mutual TLS; the second one's client certificate belongs to another machine. */
async function found(t: { after(run: () => void): void }, flags: readonly string[]): Promise<EtcdProcess[]> {
  const dir = freshDirectory(t);
  await makeCa(dir, "ca");
  await makeCert(dir, "member", "ca");
  await makeCert(dir, "elsewhere", "ca", "IP:192.0.2.7");
  const pair = (name: string, side: string) => [
    ...[`--peer-${side}cert-file`, join(dir, `${name}.pem`), `--peer-${side}key-file`, join(dir, `${name}-key.pem`)],
  ];
  const urls = (await freePorts(2)).map((port) => `https://127.0.0.1:${port}`);
  const client = "http://127.0.0.1:0";
  return urls.map(
    (url, i) =>
      new EtcdProcess([
        ...["--name", `m${i}`, "--data-dir", freshDirectory(t), "--initial-cluster", `m0=${urls[0]},m1=${urls[1]}`],
        ...["--listen-peer-urls", url, "--initial-advertise-peer-urls", url],
        ...["--listen-client-urls", client, "--advertise-client-urls", client],
        ...[...pair("member", ""), "--peer-trusted-ca-file", join(dir, "ca.pem"), "--peer-client-cert-auth"],
        ...(i === 1 ? pair("elsewhere", "client-") : []),
        ...flags,
      ]),
  );
}

test("a member with the certificate of another machine is refused, and told of once", async (t) => {
  const [first, second] = await found(t, []);
  const line = await first!.logged("rejected connection on peer endpoint");
  assert.match(String(line["error"]), /x509: certificate is valid for 192\.0\.2\.7, not 127\.0\.0\.1/);
  // Its streams are asked for again and again, so there were more attempts before it says this.
  await second!.logged("failed to reach a peer");
  const rejections = () => first!.log.filter(({ msg }) => msg === "rejected connection on peer endpoint");
  assert.equal(rejections().length, 1);
  for (const etcd of [first!, second!]) await etcd.stop();
});

test("--peer-skip-client-san-verification takes a certificate from everywhere", async (t) => {
  const members = await found(t, ["--peer-skip-client-san-verification"]);
  for (const etcd of members) await etcd.serving();
  for (const etcd of members) await etcd.stop();
});
