export type { MemberUrl, Parsed, UrlScheme } from "./urls.ts";
export {
  checkBindUrls,
  checkHostUrls,
  compareText,
  isIp,
  isSecure,
  isUnix,
  parseUrl,
  parseUrls,
  quote,
} from "./urls.ts";
