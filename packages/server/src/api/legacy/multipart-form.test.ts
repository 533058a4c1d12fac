import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpRequest } from "../../ports/index.ts";
import { anyFormValues } from "./multipart-form.ts";

function request(parts: readonly string[]): HttpRequest {
  return {
    method: "POST",
    path: "/",
    query: "a=query",
    headers: { "content-type": "multipart/form-data; boundary=b" },
    body: new TextEncoder().encode(`${parts.map((part) => `--b\r\n${part}\r\n`).join("")}--b--\r\n`),
    tls: undefined,
    remoteAddress: "",
    signal: new AbortController().signal,
  };
}

test("fields of a multipart body are found, files are not", () => {
  const values = anyFormValues(
    request([
      'Content-Type: text/plain\r\nContent-Disposition: form-data; name="v"\r\n\r\none\r\ntwo',
      'content-disposition: form-data; name="f"; filename="x"\r\n\r\nfile',
      'content-disposition: form-data; name="a"\r\n\r\nbody',
      "content-disposition: form-data\r\n\r\nnameless",
    ]),
  );
  assert.deepEqual(Object.fromEntries(values), { a: "query", v: "one\r\ntwo" });
});

test("a multipart body without names takes no longer than any other", () => {
  const start = performance.now();
  assert.equal(anyFormValues(request([`${"content-disposition: form-data;".repeat(8_000)}\r\n\r\nx`])).size, 1);
  assert.ok(performance.now() - start < 2_000);
});
