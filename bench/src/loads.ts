/**
 * The table of loads. Each is a plain description that the generator process carries out and the report names; adding
 * a load of an existing kind is adding a line. Keys are drawn from 1,000,000 unless a load says otherwise.
 */

/** A load of gRPC calls, answered one by one. */
export type CallKind = "put" | "get" | "range" | "mixed" | "txn" | "count" | "page" | "watch";
/** A load on the v2 API over HTTP/1.1. */
export type V2Kind = "v2-set" | "v2-get" | "v2-watch";
/** What a load does. */
export type LoadKind = CallKind | "keepalive" | V2Kind;

/** Whether a load is on the v2 API. */
export function isV2(kind: LoadKind): kind is V2Kind {
  return kind.startsWith("v2-");
}

/** One load on a fresh server. */
export interface Load {
  readonly name: string;
  readonly about: string;
  readonly kind: LoadKind;
  /** Connections, shared evenly by the clients. */
  readonly connections: number;
  /** Callers that each wait for an answer before the next request; watchers, leases for those kinds. */
  readonly clients: number;
  readonly valueBytes: number;
  readonly keyCount: number;
  /** Keys in rising order instead of random ones. */
  readonly sequential?: boolean;
  readonly serializable?: boolean;
  /** Members of the cluster that serves it; 1 when missing. */
  readonly members?: number;
  /** What the servers are started with besides. */
  readonly flags?: readonly string[];
  /** Put all keys before measuring. */
  readonly filled?: boolean;
}

const million = 1_000_000;
const put = { kind: "put", valueBytes: 256, keyCount: million } as const;
const v2 = { valueBytes: 256, keyCount: 10_000, flags: ["--enable-v2"] } as const;
const v2Get = { ...v2, kind: "v2-get", filled: true } as const;
const filled = { valueBytes: 256, keyCount: 10_000, filled: true } as const;

/** All loads that run for a time on a fresh server, in order of the report. */
export const loads: readonly Load[] = [
  { ...put, name: "put-1", about: "put, 1 client", connections: 1, clients: 1 },
  { ...put, name: "put-64", about: "put, 64 clients on 1 connection", connections: 1, clients: 64 },
  { ...put, name: "put-256", about: "put, 256 clients", connections: 16, clients: 256 },
  { ...put, name: "put-1000", about: "put, 1,000 clients", connections: 50, clients: 1_000 },
  {
    ...put,
    name: "put-1000-seq",
    about: "put, 1,000 clients, rising keys",
    connections: 50,
    clients: 1_000,
    sequential: true,
  },
  { ...put, name: "put-256-4k", about: "put of 4 KiB, 256 clients", connections: 16, clients: 256, valueBytes: 4_096 },
  { ...filled, kind: "get", name: "get-256", about: "get, linearizable, 256 clients", connections: 16, clients: 256 },
  {
    ...filled,
    kind: "get",
    name: "get-256-ser",
    about: "get, serializable, 256 clients",
    connections: 16,
    clients: 256,
    serializable: true,
  },
  { ...filled, kind: "get", name: "get-1", about: "get, linearizable, 1 client", connections: 1, clients: 1 },
  { ...filled, kind: "range", name: "range-1000", about: "range of 1,000 keys, 8 clients", connections: 4, clients: 8 },
  { ...filled, kind: "mixed", name: "mixed-256", about: "3 gets to 1 put, 256 clients", connections: 16, clients: 256 },
  {
    ...filled,
    kind: "txn",
    name: "txn-256",
    about: "compare, put and get, 256 clients",
    connections: 16,
    clients: 256,
  },
  {
    ...put,
    kind: "watch",
    name: "watch-1x1000",
    about: "1 key, 1,000 watchers of it",
    connections: 20,
    clients: 1_000,
    keyCount: 1,
  },
  {
    ...put,
    kind: "watch",
    name: "watch-100x100",
    about: "100 keys, 100 watchers of each",
    connections: 20,
    clients: 10_000,
    keyCount: 100,
  },
  {
    ...put,
    kind: "keepalive",
    name: "keepalive-256",
    about: "lease keep-alive, 256 leases",
    connections: 16,
    clients: 256,
  },
  { ...v2, kind: "v2-set", name: "v2-set-64", about: "v2 set, 64 connections", connections: 64, clients: 64 },
  { ...v2, kind: "v2-set", name: "v2-set-256", about: "v2 set, 256 connections", connections: 256, clients: 256 },
  { ...v2Get, name: "v2-get-64", about: "v2 get, 64 connections", connections: 64, clients: 64 },
  { ...v2Get, name: "v2-get-256", about: "v2 get, 256 connections", connections: 256, clients: 256 },
  {
    ...v2,
    kind: "v2-watch",
    name: "v2-watch-1x1000",
    about: "v2, 1 key, 1,000 long polls of it",
    connections: 1_000,
    clients: 1_000,
  },
  { ...put, name: "put-256-c3", about: "put, 256 clients, 3 members", connections: 48, clients: 256, members: 3 },
  { ...filled, kind: "get", name: "get-256-c3", about: "get, 3 members", connections: 48, clients: 256, members: 3 },
];

/** What is measured on one big store, filled once because that takes long; `keyCount` is set by the run. */
export const bigStoreLoads = {
  fill: { ...put, name: "fill-1m", about: "fill, 1,000 clients", connections: 50, clients: 1_000, filled: true },
  memory: { name: "memory-1m", about: "memory after the fill" },
  count: {
    ...put,
    kind: "count",
    name: "count-1m",
    about: "count_only of everything, 1 client",
    connections: 1,
    clients: 1,
  },
  page: {
    ...put,
    kind: "page",
    name: "page-1m",
    about: "page of 500 with exact count, 1 client",
    connections: 1,
    clients: 1,
  },
  restart: { name: "restart-1m", about: "restart until it serves" },
} as const satisfies Record<string, Load | { name: string; about: string }>;
