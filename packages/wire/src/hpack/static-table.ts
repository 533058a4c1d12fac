/**
 * The 61 entries every HPACK table begins with (RFC 7541, appendix A). Index 0 is not used.
 */
import { HeaderField } from "./header-field.ts";

/** Number of static entries; dynamic entries follow at `staticCount + 1`. */
export const staticCount = 61;

const rows = `:authority
:method GET
:method POST
:path /
:path /index.html
:scheme http
:scheme https
:status 200
:status 204
:status 206
:status 304
:status 400
:status 404
:status 500
accept-charset
accept-encoding gzip, deflate
accept-language
accept-ranges
accept
access-control-allow-origin
age
allow
authorization
cache-control
content-disposition
content-encoding
content-language
content-length
content-location
content-range
content-type
cookie
date
etag
expect
expires
from
host
if-match
if-modified-since
if-none-match
if-range
if-unmodified-since
last-modified
link
location
max-forwards
proxy-authenticate
proxy-authorization
range
referer
refresh
retry-after
server
set-cookie
strict-transport-security
transfer-encoding
user-agent
vary
via
www-authenticate`.split("\n");

/** The static entries by index; index 0 is a placeholder. */
export const staticFields: readonly HeaderField[] = ["", ...rows].map((row) => {
  const space = row.indexOf(" ");
  return space < 0 ? new HeaderField(row, "") : new HeaderField(row.slice(0, space), row.slice(space + 1));
});

const byName = new Map<string, number>();
const byField = new Map<string, number>();
for (let index = staticCount; index > 0; index--) {
  const { name, value } = staticFields[index]!;
  byName.set(name, index);
  byField.set(`${name}\n${value}`, index);
}

/** Index of the static entry with this name and value, or 0. */
export function staticIndexOf(name: string, value: string): number {
  return byField.get(`${name}\n${value}`) ?? 0;
}

/** Lowest index of a static entry with this name, or 0. */
export function staticIndexOfName(name: string): number {
  return byName.get(name) ?? 0;
}
