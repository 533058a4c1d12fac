import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checkBindUrls, checkHostUrls, isIp, parseUrl, parseUrls } from "./urls.ts";

function accepted(text: string) {
  const parsed = parseUrl(text);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value;
}

test("an address is cut into its parts", () => {
  const url = accepted("http://127.0.0.1:2379?dialect=0.4");
  assert.deepEqual([url.scheme, url.host, url.port, url.path], ["http", "127.0.0.1", "2379", ""]);
  assert.equal(url.query.get("dialect"), "0.4");
});

test("IPv6 loses its brackets as host and keeps them in its text", () => {
  const url = accepted("https://[::1]:2379");
  assert.deepEqual([url.host, url.address, url.text], ["::1", "[::1]:2379", "https://[::1]:2379"]);
});

test("unix sockets are named by host and path together, as in etcd", () => {
  assert.equal(accepted("unix://localhost:m1").path, "localhost:m1");
  assert.equal(accepted("unix:///tmp/s").path, "/tmp/s");
  assert.equal(accepted("unixs://tmp/s:0").path, "tmp/s:0");
});

test("the scheme is compared and printed in lower case", () => assert.equal(accepted("HTTP://a:1").text, "http://a:1"));

const refusals: readonly (readonly [string, string])[] = [
  ["", "URL scheme must be http, https, unix, or unixs: "],
  ["foo", "URL scheme must be http, https, unix, or unixs: foo"],
  ["localhost:2379", "URL scheme must be http, https, unix, or unixs: localhost:2379"],
  ["ftp://a:1", "URL scheme must be http, https, unix, or unixs: ftp://a:1"],
  ["http://a", 'URL address does not have the form "host:port": http://a'],
  ["http:a:1", 'URL address does not have the form "host:port": http:a:1'],
  ["http://::1:80", 'URL address does not have the form "host:port": http://::1:80'],
  ["http://[::1]", 'URL address does not have the form "host:port": http://[::1]'],
  ["http://a:1/", "URL must not contain a path: http://a:1/"],
  ["127.0.0.1:1", 'parse "127.0.0.1:1": first path segment in URL cannot contain colon'],
  ["://a:1", 'parse "://a:1": missing protocol scheme'],
  ["http://a:b", 'parse "http://a:b": invalid port ":b" after host'],
  ["http://a:1\n", 'parse "http://a:1\\n": net/url: invalid control character in URL'],
];
for (const [text, error] of refusals)
  test(`refused: ${JSON.stringify(text)}`, () => assert.deepEqual(parseUrl(text), { ok: false, error }));

test("lists are trimmed, sorted and never empty", () => {
  const parsed = parseUrls([" http://b:1", "http://a:1 "]);
  assert.ok(parsed.ok);
  assert.deepEqual(
    parsed.value.map((url) => url.text),
    ["http://a:1", "http://b:1"],
  );
  assert.deepEqual(parseUrls([]), { ok: false, error: "no valid URLs given" });
});

test("only IP addresses, localhost and sockets can be bound to, only hosts can be advertised", () => {
  assert.equal(
    checkBindUrls(["http://0.0.0.0:1", "http://localhost:1", "unix://a", "http://[::]:1"].map(accepted)),
    undefined,
  );
  assert.equal(checkBindUrls([accepted("http://a:1")]), "expected IP in URL for binding (http://a:1)");
  assert.equal(checkHostUrls(["http://a:1", "unix://a"].map(accepted)), undefined);
  assert.equal(checkHostUrls([accepted("http://:1")]), "unexpected empty host (http://:1)");
});

test("IP addresses are told from names", () => {
  for (const ip of ["1.2.3.4", "0.0.0.0", "::", "::1", "fe80::1", "::ffff:1.2.3.4"]) assert.ok(isIp(ip), ip);
  for (const no of ["", "a", "1.2.3", "1.2.3.256", "01.2.3.4", "fe80::1%eth0", ":::", "1:2"]) assert.ok(!isIp(no), no);
});

test("any text gives an answer, and what is accepted reads back as itself", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.webUrl(),
        fc.string().map((text) => `http://${text}`),
      ),
      (text) => {
        const parsed = parseUrl(text);
        if (parsed.ok) assert.deepEqual(parseUrl(parsed.value.text), parsed);
        else assert.notEqual(parsed.error, "");
      },
    ),
  );
});
