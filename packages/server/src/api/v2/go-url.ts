/** Paths of URLs as Go's HTTP server reads them: decoded once, cleaned, and redirected when they were not clean. */
import type { HttpHandler, HttpResponse } from "../../ports/index.ts";

const encoder = new TextEncoder();
const hexPair = /%(?![0-9a-fA-F]{2})/;

/** Decodes percent escapes; undefined for a broken one. Bytes that are no UTF-8 become U+FFFD. */
export function decodePath(path: string): string | undefined {
  if (!path.includes("%")) return path;
  if (hexPair.test(path)) return undefined;
  try {
    return decodeURIComponent(path);
  } catch {
    return decodeBytes(path);
  }
}

/** Whether decoding a path loses something: bytes that are no UTF-8. */
export function isLossyPath(path: string): boolean {
  try {
    decodeURIComponent(path);
    return false;
  } catch {
    return true;
  }
}

/** Decodes escapes that are not all UTF-8. */
export function decodeBytes(text: string): string {
  const bytes: number[] = [];
  for (const part of text.split(/(%[0-9a-fA-F]{2})/)) {
    if (/^%[0-9a-fA-F]{2}$/.test(part)) bytes.push(Number.parseInt(part.slice(1), 16));
    else for (const byte of encoder.encode(part)) bytes.push(byte);
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

/** The path without `.`, `..` and empty names; a slash at the end stays. */
export function cleanUrlPath(path: string): string {
  if (!/\/\.{0,2}\/|\/\.{1,2}$/.test(path)) return path;
  const kept: string[] = [];
  const names = path.split("/");
  for (const name of names) {
    if (name === "..") kept.pop();
    else if (name !== "" && name !== ".") kept.push(name);
  }
  const slash = path.endsWith("/") && kept.length > 0 ? "/" : "";
  return `/${kept.join("/")}${slash}`;
}

/** A path as Go writes it into a URL. */
export function escapePath(path: string): string {
  return encodeURIComponent(path).replace(/%(24|26|2B|2C|2F|3A|3B|3D|40)|[!'()*]/g, (found) =>
    found.length > 1 ? decodeURIComponent(found) : `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** How a generation words the redirect to a clean path. */
export type RedirectForm = (location: string, method: string) => HttpResponse;

/** Go's own page, which releases from 2.0 on send. */
export const goRedirect: RedirectForm = (location, method) => {
  const isRead = method === "GET" || method === "HEAD";
  if (!isRead) return { status: 301, headers: { Location: location }, body: "" };
  const body = method === "GET" ? `<a href="${escapeHtml(location)}">Moved Permanently</a>.\n\n` : "";
  return { status: 301, headers: { "Content-Type": "text/html; charset=utf-8", Location: location }, body };
};

/** Refuses broken escapes before anything else sees the request. */
export function withDecodablePaths(handler: HttpHandler): HttpHandler {
  return (request) => (decodePath(request.path) === undefined ? brokenEscape : handler(request));
}

/** Redirects paths that are not clean; they must be decodable. */
export function withCleanPaths(handler: HttpHandler, redirect: RedirectForm): HttpHandler {
  return (request) => {
    const path = decodePath(request.path) ?? request.path;
    const clean = cleanUrlPath(path);
    if (clean === path) return handler(request);
    const query = request.query === "" ? "" : `?${request.query}`;
    return redirect(`${escapePath(clean)}${query}`, request.method);
  };
}

const brokenEscape: HttpResponse = {
  status: 400,
  headers: { "Content-Type": "text/plain; charset=utf-8", Connection: "close" },
  body: "400 Bad Request",
};

const htmlEscapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&#34;",
  "'": "&#39;",
};

/** A text as Go writes it into a page. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => htmlEscapes[char]!);
}
