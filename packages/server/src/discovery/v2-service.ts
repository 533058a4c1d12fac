/**
 * A v2 key space as a discovery uses it: below the URL of `--discovery` stand `_config/size` and a key for every founder, named
 * after its id. Answers are etcd's v2 JSON; what is wrong with the service itself is told in etcd's words.
 */
import type { WebAnswer, WebClient, WebRequest } from "../ports/index.ts";
import { ServiceAwayError } from "./patience.ts";

const requestTimeoutMs = 5_000;
const keyNotFound = 100;
const nodeExists = 105;

/** A founder's key. */
export interface V2Entry {
  /** Its last part. */
  readonly name: string;
  readonly value: string;
  readonly createdIndex: number;
}

/** An answer of the key space: a node, or why there is none. */
type V2Answer =
  | { readonly node: V2Node; readonly index: number }
  | { readonly errorCode: number; readonly reason: string };

interface V2Node {
  readonly key?: string;
  readonly value?: string;
  readonly createdIndex?: number;
  readonly nodes?: readonly V2Node[];
}

export class V2Service {
  readonly #web: WebClient;
  readonly #base: string;

  constructor(web: WebClient, url: string) {
    if (!/^https?:\/\/[^/]+\/./.test(url) || !URL.canParse(url))
      throw new Error(`parse ${JSON.stringify(url)}: invalid discovery URL`);
    const { origin, pathname } = new URL(url);
    this.#web = web;
    this.#base = origin + pathname.replace(/\/+$/, "");
  }

  /** How many found the cluster. */
  async size(): Promise<number> {
    const answer = await this.#ask({ method: "GET", url: `${this.#base}/_config/size?quorum=true` });
    if ("errorCode" in answer) {
      throw new Error(answer.errorCode === keyNotFound ? "discovery: size key not found" : answer.reason);
    }
    const text = answer.node.value ?? "";
    if (!/^\d{1,9}$/.test(text) || Number(text) === 0) throw new Error("discovery: size key is bad");
    return Number(text);
  }

  /** Who has registered, first comers first, and the index where a watch goes on. */
  async entries(): Promise<{ readonly entries: readonly V2Entry[]; readonly index: number }> {
    const answer = await this.#ask({ method: "GET", url: `${this.#base}?quorum=true` });
    if ("errorCode" in answer) throw new Error(answer.reason);
    const entries = (answer.node.nodes ?? [])
      .map(({ key = "", value = "", createdIndex = 0 }) => ({ name: key.replace(/^.*\//, ""), value, createdIndex }))
      .filter(({ name }) => name !== "_config");
    return { entries: entries.sort((a, b) => a.createdIndex - b.createdIndex), index: answer.index };
  }

  /** Registers a founder; false when it is there already. */
  async create(name: string, value: string): Promise<boolean> {
    const url = `${this.#base}/${name}?prevExist=false`;
    const answer = await this.#ask({ method: "PUT", url, form: { value } });
    if (!("errorCode" in answer)) return true;
    if (answer.errorCode === nodeExists) return false;
    throw new Error(answer.reason);
  }

  /** Writes a key, whether it is there or not. */
  async set(
    name: string,
    { value, ttlSeconds }: { readonly value: string; readonly ttlSeconds: number },
  ): Promise<void> {
    const form = { value, ttl: String(ttlSeconds) };
    const answer = await this.#ask({ method: "PUT", url: `${this.#base}/${encodeURIComponent(name)}`, form });
    if ("errorCode" in answer) throw new Error(answer.reason);
  }

  /** Resolves when something has changed behind an index, or when the service thinks that it is time to ask again. */
  async changeBehind(index: number): Promise<void> {
    const url = `${this.#base}?wait=true&recursive=true&waitIndex=${index + 1}`;
    const answer = await this.#web.ask({ method: "GET", url }).catch(away);
    if (answer.status !== 200) throw new ServiceAwayError(`the watch ended with status ${answer.status}`);
  }

  async #ask(request: WebRequest): Promise<V2Answer> {
    return read(await this.#web.ask({ ...request, timeoutMs: requestTimeoutMs }).catch(away));
  }
}

function away(error: Error): never {
  throw new ServiceAwayError(error.message, { cause: error });
}

function read({ status, headers, body }: WebAnswer): V2Answer {
  if (status >= 500) throw new ServiceAwayError(`etcd member returns server error [${status}]`);
  const fields = parseObject(body);
  const { node, errorCode } = fields;
  if (typeof errorCode === "number") {
    return { errorCode, reason: `${errorCode}: ${fields["message"]} (${fields["cause"]}) [${fields["index"]}]` };
  }
  if (typeof node !== "object" || node === null) throw new Error("discovery: bad discovery endpoint");
  return { node, index: Number(headers["x-etcd-index"] ?? 0) };
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // No JSON: said below.
  }
  throw new Error("discovery: bad discovery endpoint");
}
