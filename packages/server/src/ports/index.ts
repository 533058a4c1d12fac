export type { Backend, BackendEntry, Bucket } from "./backend.ts";
export { backendKeyBytesMax, buckets } from "./backend.ts";
export type { BackendCase, BackendUnderTest, ContractAssert } from "./backend-contract.ts";
export { backendContract } from "./backend-contract.ts";
export type { Clock, Timer } from "./clock.ts";
export type { LogFields, Logger, LogLevel } from "./logger.ts";
export { silentLogger } from "./logger.ts";
export type { Counter, Gauge, Histogram, MetricOptions, Metrics } from "./metrics.ts";
export type { Random } from "./random.ts";
