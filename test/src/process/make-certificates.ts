/** Certificates made with openssl for one run, as files in a directory that the test owns. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram } from "./etcd-process.ts";

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
const ownNames = "DNS:localhost,IP:127.0.0.1";

async function openssl(...args: string[]): Promise<void> {
  const said = await runProgram("openssl", args);
  assert.equal(said.code, 0, said.stderr);
}

/** `NAME.pem` and `NAME-key.pem` of a CA. */
export async function makeCa(dir: string, name: string): Promise<void> {
  const files = ["-keyout", join(dir, `${name}-key.pem`), "-out", join(dir, `${name}.pem`)];
  await openssl("req", "-x509", ...newKey, ...files, "-days", "2", "-subj", `/CN=${name}`);
}

/** A certificate from a CA; `names` as openssl writes alternative names, else those of loopback. */
export async function makeCert(dir: string, name: string, ca: string, names = ownNames): Promise<void> {
  const [request, extensions] = [join(dir, `${name}.csr`), join(dir, `${name}.ext`)];
  writeFileSync(extensions, `subjectAltName=${names}\nextendedKeyUsage=serverAuth,clientAuth\n`);
  await openssl("req", ...newKey, "-keyout", join(dir, `${name}-key.pem`), "-out", request, "-subj", `/CN=${name}`);
  const issuer = ["-CA", join(dir, `${ca}.pem`), "-CAkey", join(dir, `${ca}-key.pem`), "-CAcreateserial"];
  const out = ["-out", join(dir, `${name}.pem`), "-days", "2", "-extfile", extensions];
  await openssl("x509", "-req", "-in", request, ...issuer, ...out);
}
