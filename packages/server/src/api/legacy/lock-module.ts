/**
 * `/mod/v2/lock`: a lock is a directory of in-order keys, each somebody who wants it; the first holds it. Whoever waits
 * keeps his key alive, and leaves with it when he gives up or goes. The keys are ordinary ones below `_etcd/mod/lock`, so
 * a lock outlives the member it was taken from. Source: chapters Lock and Leader Module of the API document.
 */
import { Request, type V2ErrorCode, v2Errors } from "@etcd-ts/proto";
import type { Clock, HttpRequest, HttpResponse, Timer } from "../../ports/index.ts";
import {
  cleanPath,
  type NodeView,
  namespaces,
  nanosOf,
  type V2Failure,
  type V2Result,
  v2Methods,
} from "../../v2/index.ts";
import { closeOnAbort, expirationAfter, failureBody, plainError, propose, type V2Member } from "../v2/index.ts";
import { textAnswer } from "./legacy-answers.ts";
import { guessedType } from "./legacy-dialect.ts";
import { anyFormValues } from "./multipart-form.ts";

/** The keys of all locks, as clients of the tree see them. */
export const lockKeys = "/_etcd/mod/lock";
const prefix = `${namespaces.keys}${lockKeys}`;
/** The generation whose in-order keys the module counts with. */
const dialect = "0.3";

/** What a client asks for when it wants a lock. */
export interface AcquireFields {
  readonly value: string;
  readonly ttl: string;
  /** Seconds to wait, 0 for none; empty: as long as it takes. */
  readonly timeout: string;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
}

/** Somebody in line for a lock. */
interface Place {
  readonly path: string;
  readonly value: string;
  readonly ttl: bigint;
}

/** The module. */
export class LockModule {
  readonly #member: V2Member;
  readonly #clock: Clock;

  constructor({ member, clock }: { member: V2Member; clock: Clock }) {
    this.#member = member;
    this.#clock = clock;
  }

  /** Serves locks; `key` is what follows `/mod/v2/lock`, decoded. */
  serve(request: HttpRequest, key: string): Promise<HttpResponse> | HttpResponse | undefined {
    const values = anyFormValues(request);
    const field = (name: string): string => values.get(name) ?? "";
    switch (request.method) {
      case "GET":
        return this.show(key, field("field") || "value");
      case "POST":
        return this.acquire(key, {
          value: field("value"),
          ttl: field("ttl"),
          timeout: field("timeout"),
          signal: request.signal,
        });
      case "PUT":
        return this.renew(key, { index: field("index"), value: field("value"), ttl: field("ttl") });
      case "DELETE":
        return this.release(key, { index: field("index"), value: field("value") });
      default:
        return undefined;
    }
  }

  /** Tells who holds a lock, by value or index; nothing when it is free. */
  show(key: string, field: string): HttpResponse {
    const places = this.#places(lockPath(key));
    if ("code" in places) return failureText(places);
    const holder = places[0];
    if (holder === undefined) return textAnswer("");
    if (field === "index") return textAnswer(String(indexOf(holder)));
    return field === "value" ? textAnswer(holder.value ?? "") : moduleError(209, "Get");
  }

  /** Takes a lock, waiting for those before; a value that is in line already keeps its place. */
  async acquire(key: string, fields: AcquireFields): Promise<HttpResponse> {
    const timeout = fields.timeout === "" ? undefined : parseInteger(fields.timeout);
    if (fields.timeout !== "" && timeout === undefined) return moduleError(205, "Acquire");
    const ttl = parseInteger(fields.ttl);
    if (ttl === undefined) return moduleError(202, "Acquire");
    const directory = lockPath(key);
    const known = fields.value === "" ? undefined : this.#findByValue(directory, fields.value);
    const value = fields.value === "" ? "-" : fields.value;
    const path = known?.key ?? (await this.#join(directory, { value, ttl }));
    if (typeof path !== "string") return failureText(path);
    const place = { path, value, ttl };
    const failure = await this.#wait(directory, { place, timeout, signal: fields.signal });
    if (failure !== undefined) {
      if (known === undefined) await this.#leave(path);
      return failure;
    }
    if (known === undefined || this.#isFirst(directory, path)) {
      const extended = await this.#extend(place);
      if (extended.failure !== undefined) return failureText(extended.failure);
    }
    return textAnswer(String(indexOf({ key: path })));
  }

  /** Extends the time of somebody in line. */
  async renew(key: string, fields: { index: string; value: string; ttl: string }): Promise<HttpResponse> {
    const ttl = parseInteger(fields.ttl);
    if (ttl === undefined) return moduleError(202, "Renew");
    if (fields.index === "" && fields.value === "") return moduleError(207, "Renew");
    const place = this.#place(lockPath(key), { ...fields, cause: "Renew" });
    if ("status" in place) return place;
    const { failure } = await this.#extend({ path: place.path, value: fields.value || place.value, ttl });
    return failure === undefined ? textAnswer("") : failureText(failure);
  }

  /** Lets a lock, or a place in line, go. */
  async release(key: string, fields: { index: string; value: string }): Promise<HttpResponse> {
    if (fields.index === "" && fields.value === "") return moduleError(207, "Release");
    if (fields.index !== "" && fields.value !== "") return moduleError(208, "Release");
    const directory = lockPath(key);
    const place =
      fields.index === ""
        ? this.#place(directory, { ...fields, cause: "Release" })
        : this.#placeAt(directory, fields.index);
    if ("status" in place) return place;
    const { failure } = await this.#leave(place.path);
    return failure === undefined ? textAnswer("") : failureText(failure);
  }

  /** Where somebody stands, found by index or value. */
  #place(
    directory: string,
    { index, value, cause }: { index: string; value: string; cause: string },
  ): { path: string; value: string } | HttpResponse {
    if (index !== "") {
      const place = this.#placeAt(directory, index);
      if ("status" in place || value !== "") return "status" in place ? place : { ...place, value };
      const { event, failure } = this.#read(place.path);
      return failure === undefined ? { ...place, value: event?.node.value ?? "" } : failureText(failure);
    }
    const places = this.#places(directory);
    if ("code" in places) return failureText(places);
    const found = places.find((one) => one.value === value);
    return found === undefined ? moduleError(100, cause) : { path: found.key, value };
  }

  /** The key of an index, which is a number: anything else could lead out of the directory that access was checked for. */
  #placeAt(directory: string, index: string): { path: string } | HttpResponse {
    const path = `${directory}/${index}`;
    if (/^\d{1,20}$/.test(index)) return { path };
    return failureText({ code: 100, cause: path, index: this.#member.index() });
  }

  #findByValue(directory: string, value: string): NodeView | undefined {
    const places = this.#places(directory);
    return "code" in places ? undefined : places.find((one) => one.value === value);
  }

  #isFirst(directory: string, path: string): boolean {
    const places = this.#places(directory);
    return !("code" in places) && places[0]?.key === path;
  }

  /** Everybody in line, the holder first. */
  #places(directory: string): readonly NodeView[] | V2Failure {
    const { event, failure } = this.#read(directory);
    if (failure !== undefined) return failure;
    return (event?.node.nodes ?? []).toSorted((left, right) => indexOf(left) - indexOf(right));
  }

  #read(path: string): V2Result {
    return this.#member.read({ path, recursive: true, sorted: true, nowMs: this.#member.nowMs() });
  }

  async #join(directory: string, { value, ttl }: { value: string; ttl: bigint }): Promise<string | V2Failure> {
    if (ttl < 0n) return { code: 202, cause: "Create", index: this.#member.index() };
    const request = { method: v2Methods.post, path: directory, val: value, dialect, ...this.#times(ttl) };
    const { event, failure } = await propose(Request.create(request), this.#member);
    return event?.node.key ?? failure ?? { code: 300, cause: "", index: this.#member.index() };
  }

  #extend({ path, value, ttl }: Place): Promise<V2Result> {
    const request = { method: v2Methods.put, path, val: value, prevExist: true, dialect, ...this.#times(ttl) };
    return propose(Request.create(request), this.#member);
  }

  #leave(path: string): Promise<V2Result> {
    const time = nanosOf(this.#member.nowMs());
    return propose(Request.create({ method: v2Methods.delete, path, time }), this.#member);
  }

  /** A time to live of 0 means none, as the module's own client understood it. */
  #times(ttl: bigint): { time: bigint; expiration: bigint } {
    const nowMs = this.#member.nowMs();
    return { time: nanosOf(nowMs), expiration: ttl <= 0n ? 0n : expirationAfter(ttl, nowMs) };
  }

  /** Waits until nobody is before `place`; an answer when that will not be. */
  async #wait(
    directory: string,
    { place, timeout, signal }: { place: Place; timeout: bigint | undefined; signal: AbortSignal },
  ): Promise<HttpResponse | undefined> {
    const deadline = timeout === undefined ? undefined : this.#clock.nowMs() + Number(timeout) * 1000;
    const keepAlive = this.#keepAlive(place);
    const either = AbortSignal.any([signal, keepAlive.broken]);
    try {
      for (;;) {
        if (signal.aborted) return plainError(500, "user interrupted");
        if (keepAlive.broken.aborted) return plainError(500, "lock renewal failed");
        const before = this.#before(directory, place.path);
        if (before === undefined) return plainError(500, "lock watch lookup error: the place in line is gone");
        if (before === "none") return undefined;
        if (deadline !== undefined && this.#clock.nowMs() >= deadline) return plainError(500, "lock acquire timeout");
        await this.#changeAt(before, { signal: either, deadline });
      }
    } finally {
      keepAlive.stop();
    }
  }

  /** The path of whoever is next before `path`; undefined when `path` itself is gone. */
  #before(directory: string, path: string): string | "none" | undefined {
    const places = this.#places(directory);
    const at = "code" in places ? -1 : places.findIndex(({ key }) => key === path);
    if (at < 0 || "code" in places) return undefined;
    return at === 0 ? "none" : places[at - 1]!.key;
  }

  async #changeAt(
    path: string,
    { signal, deadline }: { signal: AbortSignal; deadline: number | undefined },
  ): Promise<void> {
    const watcher = this.#member.watch({ path, recursive: false, stream: false, sinceIndex: 0, rules: "0.4" });
    if ("code" in watcher) return;
    const close = closeOnAbort(watcher, signal);
    const timer =
      deadline === undefined
        ? undefined
        : this.#clock.setTimer(Math.max(deadline - this.#clock.nowMs(), 0), () => watcher.close());
    await watcher.next();
    timer?.cancel();
    close();
  }

  /** Renews a place at half its time, so that it is still there when its turn comes. */
  #keepAlive(place: Place): KeepAlive {
    const broken = new AbortController();
    if (place.ttl <= 0n) return { broken: broken.signal, stop() {} };
    const delayMs = Math.min(Math.max(Number(place.ttl) * 500, leastRenewalMs), longestRenewalMs);
    let isRunning = true;
    const renewLater = (): Timer =>
      this.#clock.setTimer(delayMs, () => {
        void this.#extend(place).then(
          () => {
            if (isRunning) timer = renewLater();
          },
          () => broken.abort(),
        );
      });
    let timer = renewLater();
    return {
      broken: broken.signal,
      stop() {
        isRunning = false;
        timer.cancel();
      },
    };
  }
}

/** Renewals that go on until they are stopped. */
interface KeepAlive {
  /** Aborted when a renewal failed in a way nobody expects. */
  readonly broken: AbortSignal;
  stop(): void;
}

const leastRenewalMs = 250;
/** Timers hold no more than 31 bits of milliseconds. */
const longestRenewalMs = 2_000_000_000;

/** A problem the module names itself. */
export function moduleError(code: V2ErrorCode, cause: string): HttpResponse {
  const { message, http } = v2Errors[code];
  const headers = { "Content-Type": guessedType, "X-Content-Type-Options": "nosniff", "X-Etcd-Index": "0" };
  return { status: http, headers, body: failureBody({ code, cause, index: 0 }, message) };
}

/** A failure of the tree, in the words in which the module's own client repeated it. */
function failureText({ code, cause, index }: V2Failure): HttpResponse {
  const shown = cause.startsWith(namespaces.keys) ? cause.slice(namespaces.keys.length) : cause;
  return plainError(500, `${code}: ${v2Errors[code].message} (${shown}) [${index}]`);
}

function lockPath(key: string): string {
  return cleanPath(`${prefix}${key}`);
}

function indexOf({ key }: Pick<NodeView, "key">): number {
  const number = Number(key.slice(key.lastIndexOf("/") + 1));
  return Number.isSafeInteger(number) ? number : 0;
}

function parseInteger(text: string): bigint | undefined {
  return /^[+-]?\d{1,18}$/.test(text) ? BigInt(text.replace(/^\+/, "")) : undefined;
}
