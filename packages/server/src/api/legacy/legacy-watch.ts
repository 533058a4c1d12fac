/** Watches before 2.0: 0.4 sends its headers at once, earlier releases with the first event. */
import type { HttpResponse } from "../../ports/index.ts";
import type { V2Event, V2Watcher, WatchRules } from "../../v2/index.ts";
import { atMostSafe, closeOnAbort, eventStream, parseUnsigned } from "../v2/index.ts";
import { keysHeaders, parameterError, treeError } from "./legacy-answers.ts";
import type { LegacyParts } from "./legacy-dialect.ts";
import { legacyEvent } from "./legacy-events.ts";
import type { KeysCall } from "./legacy-keys.ts";

/** Answers a watch on a key. */
export async function watchKeys(call: KeysCall): Promise<HttpResponse> {
  const { values, traits, member, path, request } = call;
  const waitIndex = values.get("waitIndex") ?? "";
  const since = waitIndex === "" ? 0n : parseUnsigned(waitIndex);
  if (since === undefined) return parameterError(203, "Watch From Index", call);
  const recursive = values.get("recursive") === "true";
  const stream = traits.knowsDirectories && values.get("stream") === "true";
  const sinceIndex = Number(atMostSafe(since));
  const watcher = member.watch({ path, recursive, stream, sinceIndex, rules: watchRulesOf(call) });
  if ("code" in watcher) return treeError(watcher, call);
  const format = (event: V2Event): string => (request.method === "HEAD" ? "" : legacyEvent(event, call));
  const options = { format, stream, signal: request.signal };
  if (!traits.watchSendsHeaders || request.method === "HEAD") return answerWithFirst(watcher, { ...options, call });
  return { status: 200, headers: keysHeaders(call, watcher.startIndex), body: eventStream(watcher, options) };
}

interface FirstOptions {
  readonly format: (event: V2Event) => string;
  readonly stream: boolean;
  readonly signal: AbortSignal;
  readonly call: KeysCall;
}

async function answerWithFirst(watcher: V2Watcher, options: FirstOptions): Promise<HttpResponse> {
  const { call, format, stream, signal } = options;
  const close = closeOnAbort(watcher, signal);
  const event = await watcher.next();
  if (call.request.method === "HEAD") {
    close();
    return { status: 200, headers: {}, body: "" };
  }
  const headers = keysHeaders(call, call.traits.flatEvents ? call.member.index() : watcher.startIndex);
  if (stream && event !== undefined)
    return { status: 200, headers, body: continued(event, { watcher, close, format }) };
  close();
  return { status: 200, headers, body: event === undefined ? "" : format(event) };
}

async function* continued(
  first: V2Event,
  { watcher, close, format }: { watcher: V2Watcher; close: () => void; format: (event: V2Event) => string },
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  try {
    yield encoder.encode(format(first));
    for (let event = await watcher.next(); event !== undefined; event = await watcher.next())
      yield encoder.encode(format(event));
  } finally {
    close();
  }
}

/** 0.2 takes a watched path for the beginning of a text: with users, that would show keys the guard was not asked about. */
export function watchRulesOf({ guard, traits }: Pick<LegacyParts, "guard" | "traits">): WatchRules {
  return guard.isEnabled && traits.watchRules === "0.2" ? "0.4" : traits.watchRules;
}
