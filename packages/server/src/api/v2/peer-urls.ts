/** Checks peer URLs of a request, in the words of each release. */
import { canConnectTo, parseUrl } from "../../membership/index.ts";
import type { MembersDialect } from "./members.ts";

/** What is wrong with the first bad URL; undefined when all are good. */
export function checkPeerUrls(
  urls: readonly string[],
  dialect: Pick<MembersDialect, "schemes" | "allowsUnixUrls">,
): string | undefined {
  if (urls.length === 0) return "no valid URLs given";
  for (const url of urls) {
    const problem = checkPeerUrl(url.trim(), dialect);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function checkPeerUrl(
  url: string,
  { schemes, allowsUnixUrls }: Pick<MembersDialect, "schemes" | "allowsUnixUrls">,
): string | undefined {
  const parts = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):\/\/)?([^/?#]*)(.*)$/.exec(url);
  const scheme = parts?.[1]?.toLowerCase() ?? "";
  const isUnix = scheme === "unix" || scheme === "unixs";
  if (scheme !== "http" && scheme !== "https" && !(isUnix && allowsUnixUrls))
    return `URL scheme must be ${schemes}: ${url}`;
  if (!isUnix && !/^(?:[^:@]*@)?(?:\[[^\]]*\]|[^:]*):[^:]*$/.test(parts?.[2] ?? ""))
    return `URL address does not have the form "host:port": ${url}`;
  if (!isUnix && (parts?.[3] ?? "") !== "") return `URL must not contain a path: ${url}`;
  const parsed = parseUrl(url);
  if (!parsed.ok) return parsed.error;
  return canConnectTo(parsed.value) ? undefined : `invalid port: ${url}`;
}
