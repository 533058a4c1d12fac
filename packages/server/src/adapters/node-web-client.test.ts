import assert from "node:assert/strict";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { NodeWebClient } from "./node-web-client.ts";

let server: Server;
let proxy: Server;
const through: string[] = [];

async function listen(handler: (incoming: IncomingMessage, answer: ServerResponse) => void): Promise<Server> {
  const made = createServer(handler);
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
  return made;
}

const portOf = (of: Server) => (of.address() as AddressInfo).port;
const urlOf = (path: string) => `http://127.0.0.1:${portOf(server)}${path}`;

function serve(incoming: IncomingMessage, answer: ServerResponse): void {
  const { method, url = "" } = incoming;
  if (url === "/silent") return;
  if (url === "/away") return void answer.writeHead(307, { Location: "/here" }).end();
  if (url === "/circle") return void answer.writeHead(307, { Location: "/circle" }).end();
  let body = "";
  incoming.on("data", (chunk) => {
    body += chunk;
  });
  incoming.on("end", () => {
    answer.writeHead(url === "/missing" ? 404 : 200, { "X-Etcd-Index": "7" }).end(`${method} ${url} ${body}`);
  });
}

function forward(incoming: IncomingMessage, answer: ServerResponse): void {
  through.push(incoming.url ?? "");
  const outgoing = request(incoming.url ?? "", { method: incoming.method, headers: incoming.headers }, (found) => {
    answer.writeHead(found.statusCode ?? 502, found.headers);
    found.pipe(answer);
  });
  incoming.pipe(outgoing);
}

before(async () => {
  server = await listen(serve);
  proxy = await listen(forward);
});
after(() => {
  for (const one of [server, proxy]) {
    one.closeAllConnections();
    one.close();
  }
});

const client = new NodeWebClient({ proxy: "" });

test("a form is sent, and status, headers and body come back", async () => {
  const { status, headers, body } = await client.ask({
    method: "PUT",
    url: urlOf("/here?a=b"),
    form: { value: "x=y&z" },
  });
  assert.deepEqual([status, headers["x-etcd-index"], body], [200, "7", "PUT /here?a=b value=x%3Dy%26z"]);
  assert.equal((await client.ask({ method: "GET", url: urlOf("/missing") })).status, 404);
});

test("redirects are followed with method and form, but not in a circle", async () => {
  const { body } = await client.ask({ method: "PUT", url: urlOf("/away"), form: { value: "1" } });
  assert.equal(body, "PUT /here value=1");
  await assert.rejects(client.ask({ method: "GET", url: urlOf("/circle") }), { message: "stopped after 10 redirects" });
});

test("no answer in time, or nobody there, is a rejection", async () => {
  const silent = client.ask({ method: "GET", url: urlOf("/silent"), timeoutMs: 50 });
  await assert.rejects(silent, { message: "no answer within 50 ms" });
  await assert.rejects(client.ask({ method: "GET", url: "http://127.0.0.1:1/" }), /ECONNREFUSED/);
});

test("a proxy is asked for the whole URL; its address may lack the scheme", async () => {
  const proxied = new NodeWebClient({ proxy: `127.0.0.1:${portOf(proxy)}` });
  const { body } = await proxied.ask({ method: "GET", url: urlOf("/here") });
  assert.deepEqual([body, through], ["GET /here ", [urlOf("/here")]]);
  assert.throws(() => new NodeWebClient({ proxy: "https://p:1" }), /without TLS, not as "https:\/\/p:1"/);
  assert.throws(() => new NodeWebClient({ proxy: "http://[" }), { message: 'invalid proxy address "http://["' });
});
