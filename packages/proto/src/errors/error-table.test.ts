import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  EtcdError,
  type EtcdErrorCode,
  errorCodeOfText,
  etcdError,
  formatStatus,
  gatewayStatusOf34,
  grpcCodeNames,
  grpcCodes,
  v2Errors,
  wireErrors,
} from "./index.ts";

const golden = new URL("../../src/errors/testdata/errors.txt", import.meta.url);
const codes = Object.keys(wireErrors) as EtcdErrorCode[];

test("every code, status and text is the one of the golden file", () => {
  const rows = codes.map((code) => {
    const { grpc, http, text } = wireErrors[code];
    return `${code} ${grpcCodeNames[grpc]} ${http} ${text}`;
  });
  const v2Rows = Object.entries(v2Errors).map(([code, { message, http }]) => `v2 ${code} ${http} ${message}`);
  assert.equal(`${[...rows, ...v2Rows].join("\n")}\n`, readFileSync(golden, "utf8"));
});

test("no two errors share a text, so that a text leads back to its key", () => {
  for (const code of codes) assert.equal(errorCodeOfText(wireErrors[code].text), code);
  assert.equal(errorCodeOfText("etcdserver: no such text"), undefined);
});

test("etcdError() carries the row of its key", () => {
  const cause = new Error("why");
  const error = etcdError("compacted", { cause });
  assert.ok(error instanceof EtcdError);
  assert.deepEqual(
    { code: error.code, grpc: error.grpc, http: error.http, text: error.text, message: error.message },
    {
      code: "compacted",
      grpc: grpcCodes.outOfRange,
      http: 400,
      text: "etcdserver: mvcc: required revision has been compacted",
      message: "etcdserver: mvcc: required revision has been compacted",
    },
  );
  assert.equal(error.cause, cause);
});

test("etcdError() takes another gRPC code, and the HTTP status follows it", () => {
  const error = etcdError("leaseNotFound", { grpc: grpcCodes.unknown });
  assert.equal(error.grpc, 2);
  assert.equal(error.http, 500);
});

test("formatStatus() prints a status as Go does", () => {
  assert.equal(
    formatStatus(wireErrors.permissionDenied),
    "rpc error: code = PermissionDenied desc = etcdserver: permission denied",
  );
});

test("the gateway of 3.4 answers a failed precondition with 412, and else as 3.7", () => {
  assert.equal(gatewayStatusOf34(grpcCodes.failedPrecondition), 412);
  assert.equal(gatewayStatusOf34(grpcCodes.notFound), 404);
});
