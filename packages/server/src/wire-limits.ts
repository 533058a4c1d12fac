/** What the flags about requests, streams and keepalive mean to the two protocols, zero included. */
import type { WireLimits } from "@etcd-ts/wire";
import type { Http1Limits } from "./adapters/index.ts";
import type { ServerConfig } from "./config/index.ts";

/** Framing of a request on top of its message, as etcd allows for. */
const requestOverheadBytes = 512 * 1024;
/** What Go's gRPC server falls back to where a flag is zero: etcd then leaves the choice to it. */
const pingIntervalMsDefault = 5 * 60_000;
const keepaliveIntervalMsDefault = 2 * 3_600_000;
const keepaliveTimeoutMsDefault = 20_000;
/** Shorter intervals of the server's own pings count as this. */
const keepaliveIntervalMsMin = 1000;

type LimitFlags = Pick<ServerConfig, "maxRequestBytes" | "maxConcurrentStreams" | "keepAlive">;

/** Bounds of a gRPC connection. Interval and timeout count together only, as in etcd. */
export function grpcLimitsOf({ maxRequestBytes, maxConcurrentStreams, keepAlive }: LimitFlags): Partial<WireLimits> {
  const { minTimeMs, intervalMs, timeoutMs } = keepAlive;
  const pings = intervalMs > 0 && timeoutMs > 0;
  return {
    messageSizeMax: maxRequestBytes + requestOverheadBytes,
    streamCountMax: maxConcurrentStreams,
    pingIntervalMinMs: minTimeMs > 0 ? minTimeMs : pingIntervalMsDefault,
    keepaliveIntervalMs: pings ? Math.max(intervalMs, keepaliveIntervalMsMin) : keepaliveIntervalMsDefault,
    keepaliveTimeoutMs: pings ? timeoutMs : keepaliveTimeoutMsDefault,
  };
}

/** Bounds of an HTTP/1.1 request: as large as a gRPC one, whose bytes stand in base64 in it. */
export function http1LimitsOf({ maxRequestBytes }: LimitFlags): Partial<Http1Limits> {
  return { bodyBytesMax: Math.ceil(((maxRequestBytes + requestOverheadBytes) * 4) / 3) };
}
