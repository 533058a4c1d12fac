/**
 * HTTP requests to any server over `node:http` and `node:https`, with the system's certificate authorities, redirects, and a
 * forward proxy where one is given: absolute requests for http, a tunnel for https (RFC 9110, section 9.3.6).
 */
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { WebAnswer, WebClient, WebRequest } from "../ports/index.ts";

const connectTimeoutMs = 30_000;
const keepAliveMs = 30_000;
const redirectsMax = 10;
const answerBytesMax = 16 * 1024 * 1024;

export class NodeWebClient implements WebClient {
  readonly #proxy: URL | undefined;

  /** `proxy`: `http://host:port`, or without the scheme; throws when it is neither, as `https://` is. Empty: none. */
  constructor({ proxy }: { readonly proxy: string }) {
    this.#proxy = proxy === "" ? undefined : parseProxy(proxy);
  }

  async ask(request: WebRequest): Promise<WebAnswer> {
    let url = request.url;
    for (let redirects = 0; redirects <= redirectsMax; redirects++) {
      const answer = await this.#askOnce(request, new URL(url));
      const { location } = answer.headers;
      if (answer.status < 300 || answer.status >= 400 || location === undefined) return answer;
      url = new URL(location, url).href;
    }
    throw new Error(`stopped after ${redirectsMax} redirects`);
  }

  async #askOnce({ method, form, timeoutMs }: WebRequest, url: URL): Promise<WebAnswer> {
    const body = form === undefined ? "" : new URLSearchParams(form).toString();
    const headers = {
      Host: url.host,
      "Content-Length": String(Buffer.byteLength(body)),
      ...(form === undefined ? {} : { "Content-Type": "application/x-www-form-urlencoded" }),
    };
    const options: RequestOptions = { method, headers, agent: false, timeout: timeoutMs ?? 0 };
    const send = await this.#sender(url, options);
    return new Promise((resolve, reject) => {
      const outgoing = send();
      // A watch may be silent for ever; whether the service is still there is for TCP to find out.
      outgoing.setSocketKeepAlive(true, keepAliveMs);
      outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)));
      outgoing.on("error", reject);
      outgoing.on("response", (incoming) => void collect(incoming).then(resolve, reject));
      outgoing.end(body);
    });
  }

  async #sender(url: URL, options: RequestOptions): Promise<() => ReturnType<typeof httpRequest>> {
    const proxy = this.#proxy;
    if (proxy === undefined) return () => (isSecure(url) ? httpsRequest(url, options) : httpRequest(url, options));
    if (!isSecure(url)) return () => httpRequest(proxy, { ...options, path: url.href });
    const tunnel = await openTunnel(proxy, url);
    const createConnection = () => connectTls({ socket: tunnel, servername: url.hostname });
    return () => httpsRequest(url, { ...options, createConnection });
  }
}

function isSecure(url: URL): boolean {
  return url.protocol === "https:";
}

function parseProxy(text: string): URL {
  const written = /^https?:\/\//.test(text) ? text : `http://${text}`;
  if (!URL.canParse(written)) throw new Error(`invalid proxy address ${JSON.stringify(text)}`);
  const proxy = new URL(written);
  if (isSecure(proxy)) throw new Error(`a proxy is spoken to without TLS, not as ${JSON.stringify(text)}`);
  return proxy;
}

function openTunnel(proxy: URL, target: URL): Promise<Socket> {
  const path = `${target.hostname}:${target.port === "" ? 443 : target.port}`;
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(proxy, { method: "CONNECT", path, timeout: connectTimeoutMs, agent: false });
    outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer within ${connectTimeoutMs} ms`)));
    outgoing.on("error", reject);
    outgoing.on("connect", ({ statusCode }, socket) => {
      if (statusCode === 200) return resolve(socket as Socket);
      socket.destroy();
      reject(new Error(`the proxy refused a tunnel with status ${statusCode}`));
    });
    outgoing.end();
  });
}

async function collect(incoming: IncomingMessage): Promise<WebAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > answerBytesMax) throw new Error("the answer is too large");
    chunks.push(chunk);
  }
  const headers = incoming.headers as WebAnswer["headers"];
  return { status: incoming.statusCode ?? 0, headers, body: Buffer.concat(chunks).toString() };
}
