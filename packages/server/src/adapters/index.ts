export type { Http1Limits, Http1ServerOptions } from "./http1-server.ts";
export { Http1Server, http1Limits } from "./http1-server.ts";
export { NodeClock } from "./node-clock.ts";
export { NodeDisk } from "./node-disk.ts";
export { NodeRandom } from "./node-random.ts";
export type { PinoLoggerOptions } from "./pino-logger.ts";
export { PinoLogger } from "./pino-logger.ts";
export { PromMetrics } from "./prom-metrics.ts";
