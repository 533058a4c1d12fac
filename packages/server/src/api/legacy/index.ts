export type { ClusterConfig } from "./cluster-config.ts";
export { readClusterConfig, recordFirstClusterConfig } from "./cluster-config.ts";
export type { LegacyDialect } from "./legacy-dialect.ts";
export { createLegacyPeerHandler } from "./legacy-peer-routes.ts";
export type { LegacyOptions, LegacyRoute } from "./legacy-routes.ts";
export { createLegacyHandler } from "./legacy-routes.ts";
export type { ModulesOptions } from "./modules.ts";
export { createModules } from "./modules.ts";
