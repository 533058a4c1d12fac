/** Reads a request on `/v2/keys` as releases from 2.0 on do: each parameter checked, whether it is used or not. */
import { Request, type V2ErrorCode } from "@etcd-ts/proto";
import { cleanPath, namespaces, nanosOf, type V2Failure } from "../../v2/index.ts";
import type { Form } from "./form.ts";
import { pathProblem } from "./path-limits.ts";

/** A request on keys, ready for the log or the tree. */
export interface KeysRequest {
  readonly request: Request;
  readonly noValueOnSuccess: boolean;
  /** `prevIndex` as it was sent: it may be larger than what the log can hold exactly, and errors repeat it. */
  readonly prevIndexText: string;
}

/** What parsing works on. */
export interface KeysInput {
  readonly method: string;
  /** The decoded path below `/v2/keys`. */
  readonly path: string;
  readonly form: Form;
  readonly nowMs: number;
  /** 2.3 did not know the parameter. */
  readonly knowsNoValue: boolean;
}

const unsignedMax = 18_446_744_073_709_551_615n;
const trueSpellings: ReadonlySet<string> = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const falseSpellings: ReadonlySet<string> = new Set(["0", "f", "F", "FALSE", "false", "False"]);

/** The request, or what is wrong with it. */
export function parseKeysRequest(input: KeysInput): KeysRequest | V2Failure {
  const { form, method } = input;
  if (form.error !== undefined) return problem(210, form.error);
  const path = cleanPath(
    input.path.startsWith("/") ? namespaces.keys + input.path : `${namespaces.keys}/${input.path}`,
  );
  const tooLarge = pathProblem(path);
  if (tooLarge !== undefined) return problem(210, tooLarge);
  if (form.values.size === 0) return bareRequest(path, input);
  const reader = new FieldReader(form.values);
  const prevIndex = reader.index("prevIndex");
  const since = reader.index("waitIndex");
  const recursive = reader.flag("recursive");
  const sorted = reader.flag("sorted");
  const wait = reader.flag("wait");
  const dir = reader.flag("dir");
  const quorum = reader.flag("quorum");
  const stream = reader.flag("stream");
  if (wait && method !== "GET") reader.refuse(209, '"wait" can only be used with GET requests');
  const prevValue = form.values.get("prevValue");
  if (prevValue === "") reader.refuse(201, '"prevValue" cannot be empty');
  const noValueOnSuccess = input.knowsNoValue && reader.flag("noValueOnSuccess");
  const ttl = reader.ttl();
  const prevExist = reader.optionalFlag("prevExist");
  const refresh = reader.refresh(ttl);
  if (reader.failure !== undefined) return reader.failure;
  const request = Request.create({
    method,
    path,
    val: form.values.get("value") ?? "",
    dir,
    prevValue: prevValue ?? "",
    prevIndex,
    prevExist,
    wait,
    since,
    recursive,
    sorted,
    quorum,
    stream,
    refresh,
    time: nanosOf(input.nowMs),
    expiration: ttl === undefined ? 0n : expirationAfter(ttl, input.nowMs),
  });
  return { request, noValueOnSuccess, prevIndexText: form.values.get("prevIndex") ?? "" };
}

/** A request without parameters, as most reads are. Plain reads need no time in the form of the log. */
function bareRequest(path: string, { method, nowMs }: KeysInput): KeysRequest {
  const time = method === "GET" ? 0n : nanosOf(nowMs);
  return { request: Request.create({ method, path, time }), noValueOnSuccess: false, prevIndexText: "" };
}

/** The moment `ttl` seconds from now, at most the last that 64 bits can count. */
export function expirationAfter(ttl: bigint, nowMs: number): bigint {
  const at = nanosOf(nowMs) + ttl * 1_000_000_000n;
  const latest = 9_223_372_036_854_775_807n;
  return at > latest ? latest : at;
}

/** Tells a problem from a request. */
export function isProblem(parsed: KeysRequest | V2Failure): parsed is V2Failure {
  return "code" in parsed;
}

function problem(code: V2ErrorCode, cause: string): V2Failure {
  return { code, cause, index: 0 };
}

/** Reads fields in turn and remembers the first problem. */
class FieldReader {
  readonly #values: ReadonlyMap<string, string>;
  failure: V2Failure | undefined;

  constructor(values: ReadonlyMap<string, string>) {
    this.#values = values;
  }

  refuse(code: V2ErrorCode, cause: string): void {
    this.failure ??= problem(code, cause);
  }

  index(name: string): number {
    const text = this.#values.get(name);
    if (text === undefined) return 0;
    const value = parseUnsigned(text);
    if (value === undefined) this.refuse(203, `invalid value for "${name}"`);
    return Number(atMostSafe(value ?? 0n));
  }

  flag(name: string): boolean {
    const text = this.#values.get(name);
    if (text === undefined) return false;
    if (!trueSpellings.has(text) && !falseSpellings.has(text)) this.refuse(209, `invalid value for "${name}"`);
    return trueSpellings.has(text);
  }

  optionalFlag(name: string): boolean | undefined {
    const text = this.#values.get(name);
    if (text === undefined) return undefined;
    if (!trueSpellings.has(text) && !falseSpellings.has(text)) this.refuse(209, `invalid value for ${name}`);
    return trueSpellings.has(text);
  }

  ttl(): bigint | undefined {
    const text = this.#values.get("ttl") ?? "";
    if (text === "") return undefined;
    const value = parseUnsigned(text);
    if (value === undefined) this.refuse(202, 'invalid value for "ttl"');
    return value;
  }

  refresh(ttl: bigint | undefined): boolean | undefined {
    const refresh = this.optionalFlag("refresh");
    if (refresh !== true) return refresh;
    if ((this.#values.get("value") ?? "") !== "") this.refuse(211, "A value was provided on a refresh");
    if (ttl === undefined) this.refuse(212, "No TTL value set");
    return true;
  }
}

/** A number of 64 bits in plain digits. */
export function parseUnsigned(text: string): bigint | undefined {
  if (!/^\d{1,40}$/.test(text)) return undefined;
  const value = BigInt(text);
  return value > unsignedMax ? undefined : value;
}

/** The largest index the log holds exactly stands for all beyond it: no tree ever gets there. */
export function atMostSafe(value: bigint): bigint {
  const safe = BigInt(Number.MAX_SAFE_INTEGER);
  return value > safe ? safe : value;
}
