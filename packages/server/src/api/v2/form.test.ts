import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { HttpRequest } from "../../ports/index.ts";
import { parseForm, parseMediaType } from "./form.ts";
import { cleanUrlPath, decodePath, escapePath } from "./go-url.ts";

const formType = "application/x-www-form-urlencoded";

function request(init: { method?: string; query?: string; body?: string; type?: string | undefined }): HttpRequest {
  const { method = "PUT", query = "", body = "", type = formType } = init;
  return {
    method,
    path: "/",
    query,
    headers: { "content-type": type },
    body: new TextEncoder().encode(body),
    tls: undefined,
    remoteAddress: "",
    signal: new AbortController().signal,
  };
}

const forms = [
  { name: "takes the body before the query", init: { body: "a=1", query: "a=2&b=3" }, values: { a: "1", b: "3" } },
  { name: "takes the first of a name given twice", init: { query: "a=1&a=2" }, values: { a: "1" } },
  { name: "decodes names and values", init: { body: "a+b=%C3%A9+%3D&c" }, values: { "a b": "é =", c: "" } },
  { name: "leaves a body of another type alone", init: { body: "a=1", type: "text/plain" }, values: {} },
  { name: "leaves the body of a GET alone", init: { method: "GET", body: "a=1", query: "b=2" }, values: { b: "2" } },
  { name: "reads bytes that are no UTF-8", init: { body: "a=%FFx" }, values: { a: "\ufffdx" } },
  {
    name: "leaves a broken pair out",
    init: { body: "a=%zz&b=2" },
    values: { b: "2" },
    error: 'invalid URL escape "%zz"',
  },
  { name: "minds a cut escape", init: { query: "a=%2" }, values: {}, error: 'invalid URL escape "%2"' },
  {
    name: "minds semicolons",
    init: { query: "a=1;b=2&c=3" },
    values: { c: "3" },
    error: "invalid semicolon separator in query",
  },
];

for (const { name, init, values, error } of forms) {
  test(`parseForm() ${name}`, () => {
    const form = parseForm(request(init));
    assert.deepEqual(Object.fromEntries(form.values), values);
    assert.equal(form.error, error);
  });
}

const mediaTypes = [
  ["Text/Plain; charset=utf-8", "text/plain", undefined],
  ['a/b; x="y;z"; w=1;', "a/b", undefined],
  ["bogus/;;=", "", "mime: expected token after slash"],
  ["", "", "mime: no media type"],
  ["a b", "", "mime: expected slash after first token"],
  ["a/b c", "", "mime: unexpected content after media subtype"],
  ["a/b; nope", "a/b", "mime: invalid media parameter"],
] as const;

for (const [declared, type, error] of mediaTypes)
  test(`parseMediaType(${JSON.stringify(declared)}) gives what Go's parser gives`, () =>
    assert.deepEqual(parseMediaType(declared), { type, error }));

const cleaned = [
  ["/v2//keys", "/v2/keys"],
  ["/v2/keys/", "/v2/keys/"],
  ["/v2/keys/.", "/v2/keys"],
  ["/v2/keys/./", "/v2/keys/"],
  ["/v2/../x/", "/x/"],
  ["//", "/"],
  ["/...", "/..."],
] as const;

for (const [path, expected] of cleaned)
  test(`cleanUrlPath(${path}) is ${expected}`, () => assert.equal(cleanUrlPath(path), expected));

test("decodePath() gives back what escapePath() wrote, and nothing for a broken escape", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => assert.equal(decodePath(escapePath(text)), text)));
  assert.equal(decodePath("/a%2"), undefined);
  assert.equal(escapePath("/a b$&+,/:;=@!?"), "/a%20b$&+,/:;=@%21%3F");
});

/** Seconds a call takes. */
function secondsOf(call: () => unknown): number {
  const start = performance.now();
  call();
  return (performance.now() - start) / 1000;
}

test("parseMediaType() takes no longer for a header of nothing but blanks than for any other", () => {
  assert.ok(secondsOf(() => parseMediaType(`a/b;${" ".repeat(250_000)}x`)) < 2);
});

test("decodePath() reads long paths that are no UTF-8", () => {
  assert.equal(decodePath(`/${"x".repeat(300_000)}%ff`)?.length, 300_002);
});
