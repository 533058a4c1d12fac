export type { Asked, ServedDialect } from "./ask.ts";
export { askHandler, serveDialect, settled, textOf } from "./ask.ts";
export type { DialectOptions } from "./dialect-handlers.ts";
export { dialectHandlers } from "./dialect-handlers.ts";
export type { Dialect, InProcessMemberOptions } from "./in-process-member.ts";
export { InProcessMember } from "./in-process-member.ts";
