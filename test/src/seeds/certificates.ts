/**
 * The certificates of etcd 0.2's `fixtures/ca`, made anew with openssl: an authority, a server's and a client's pair signed
 * by it, and the chain that curl trusts. The client's may be used for client authentication, as the document asks.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const days = "30";

/** Writes `fixtures/ca` in a folder. */
export function writeCertificates(folder: string): void {
  const ca = join(folder, "fixtures", "ca");
  mkdirSync(ca, { recursive: true });
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: ca, stdio: "pipe" });
  const newKey = (name: string) => ["-newkey", "rsa:2048", "-nodes", "-keyout", name];
  openssl("req", "-x509", ...newKey("ca.key.insecure"), "-out", "ca.crt", "-days", days, "-subj", "/CN=etcd test CA");
  for (const name of ["server", "server2"]) {
    const usage = "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n";
    writeFileSync(join(ca, `${name}.ext`), usage);
    openssl("req", ...newKey(`${name}.key.insecure`), "-out", `${name}.csr`, "-subj", `/CN=${name}`);
    const signing = ["-CA", "ca.crt", "-CAkey", "ca.key.insecure", "-CAcreateserial", "-days", days];
    openssl("x509", "-req", "-in", `${name}.csr`, ...signing, "-out", `${name}.crt`, "-extfile", `${name}.ext`);
  }
  writeFileSync(join(ca, "server-chain.pem"), openssl("x509", "-in", "ca.crt"));
}
