export { failureBody, jsonAnswer, messageAnswer, pageNotFound, plainError, refuseMethod } from "./answers.ts";
export type { KeyAccess } from "./auth-guard.ts";
export { V2AuthGuard } from "./auth-guard.ts";
export type { Passwords } from "./auth-store.ts";
export { V2AuthStore } from "./auth-store.ts";
export type { CorsForm } from "./cors.ts";
export { corsForms, withCors } from "./cors.ts";
export type { Form } from "./form.ts";
export { parseForm, parseMediaType } from "./form.ts";
export type { RedirectForm } from "./go-url.ts";
export { decodePath, escapeHtml, goRedirect, isLossyPath, withCleanPaths, withDecodablePaths } from "./go-url.ts";
export { atMostSafe, expirationAfter, parseUnsigned } from "./keys-request.ts";
export { asPagesOf23 } from "./pages-of-v2-3.ts";
export { pathProblem } from "./path-limits.ts";
export { createPeerMembers } from "./peer-pages.ts";
export { propose } from "./propose.ts";
export { QueuedPasswords, withBusyAnswer } from "./queued-passwords.ts";
export { formatFollower, timeText, transferStats } from "./stats.ts";
export type {
  ClusterMember,
  MembershipOutcome,
  SelfStats,
  V2Member,
} from "./v2-member.ts";
export type { V2Auth, V2Dialect, V2RoutesOptions } from "./v2-routes.ts";
export { clientUrls, createV2Routes } from "./v2-routes.ts";
export { closeOnAbort, eventStream } from "./watch-stream.ts";
