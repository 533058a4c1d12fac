/** The shapes every answer of the v2 API has: Go's plain errors, JSON, and the numbered errors. */
import { v2Errors } from "@etcd-ts/proto";
import { quote } from "../../lib/go-json.ts";
import type { HttpResponse } from "../../ports/index.ts";
import type { V2Failure } from "../../v2/index.ts";

/** An error in the form of Go's HTTP library. */
export function plainError(status: number, text: string, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return {
    status,
    headers: { ...headers, "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff" },
    body: `${text}\n`,
  };
}

/** The answer where nobody serves. */
export function pageNotFound(): HttpResponse {
  return plainError(404, "404 page not found");
}

/** Refuses a method that is not in the list; the list is told in etcd's order. */
export function refuseMethod(method: string, allowed: readonly string[]): HttpResponse | undefined {
  if (allowed.includes(method)) return undefined;
  return plainError(405, "Method Not Allowed", { Allow: allowed.join(",") });
}

/** An answer in JSON. */
export function jsonAnswer(status: number, body: string, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return { status, headers: { ...headers, "Content-Type": "application/json" }, body };
}

/** A message as members and auth answer it. */
export function messageAnswer(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return jsonAnswer(status, `{"message":${quote(message)}}`, headers);
}

/** The body of a numbered error; an empty cause is left out. */
export function failureBody(
  { code, cause, index }: Pick<V2Failure, "code" | "cause" | "index">,
  message: string,
): string {
  const causeField = cause === "" ? "" : `,"cause":${quote(cause)}`;
  return `{"errorCode":${code},"message":${quote(message)}${causeField},"index":${index}}\n`;
}

/** A numbered error as releases from 2.0 on answer it. */
export function failureAnswer(failure: V2Failure, headers: Readonly<Record<string, string>>): HttpResponse {
  const { message, http } = v2Errors[failure.code];
  return jsonAnswer(http, failureBody(failure, message), { ...headers, "X-Etcd-Index": String(failure.index) });
}
