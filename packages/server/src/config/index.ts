export type { Compat, LegacyCompat } from "./compat.ts";
export { isLegacy, reportedVersions } from "./compat.ts";
export type { DiscoveryConfig, V3DiscoveryConfig } from "./discovery-config.ts";
export type { BuildInfo } from "./help.ts";
export { usageText } from "./help.ts";
export type { ConfigInput, ConfigResult } from "./parse-config.ts";
export { parseConfig } from "./parse-config.ts";
export type {
  AutoCompaction,
  ClientListenUrl,
  Dialect,
  LogConfig,
  ServerConfig,
} from "./server-config.ts";
