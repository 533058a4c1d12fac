import assert from "node:assert/strict";
import { test } from "node:test";
import { DecodeError, PutRequest, Request, wrapInternalRequest } from "@etcd-ts/proto";
import { readLogRequest } from "./log-request.ts";

const text = (value: string) => new TextEncoder().encode(value);
const ids = [0n, 1n, 127n, 128n, 2n ** 63n, 2n ** 64n - 1n];

test("a bare request of v2 is recognised, whatever its method, id and content", () => {
  for (const id of ids) {
    for (const method of ["PUT", "POST", "DELETE", "QGET", "SYNC", "CAS", "", "JUMP", "put"]) {
      const request = Request.create({ id, method, path: "/1/a", val: "\u0012\u0003PUT", time: 7n });
      assert.deepEqual(readLogRequest(Request.encode(request)), { field: "v2", id, request });
    }
  }
});

test("a request of v3 is left encoded", () => {
  const raw = PutRequest.encode(PutRequest.create({ key: text("PUT"), value: text("\u0008\u0012\u0003PUT") }));
  for (const headerId of ids.slice(1)) {
    const read = readLogRequest(wrapInternalRequest({ headerId, field: "put", raw }));
    assert.deepEqual([read.field, read.id], ["put", headerId]);
  }
});

test("a request of v2 inside one of v3 is the same request", () => {
  const request = Request.create({ id: 5n, method: "PUT", path: "/1/a" });
  const wrapped = Uint8Array.of(0x08, 9, 0x12, Request.encode(request).length, ...Request.encode(request));
  assert.deepEqual(readLogRequest(wrapped), { field: "v2", id: 5n, request });
});

test("what is neither is refused", () => {
  for (const bytes of [[0xff], [0x08], [0x08, 0x80], [0x08, 1, 0x12, 3, 0x50], [0x0f]])
    assert.throws(() => readLogRequest(Uint8Array.from(bytes)), DecodeError);
});
