/**
 * 0.4's cluster configuration, a key of its own below `_etcd`: how many machines take part, and after how long an absent
 * one is replaced. Values below the least are raised to it.
 */
import { Request } from "@etcd-ts/proto";
import { clusterConfigPath } from "../../v2/index.ts";
import type { V2Member } from "../v2/index.ts";

/** The configuration; times in seconds. */
export interface ClusterConfig {
  /** Machines beyond this number stand by. */
  readonly activeSize: number;
  /** How long a machine may be unreachable before it is removed. */
  readonly removeDelay: number;
  /** How often a machine that stands by asks for news. */
  readonly syncInterval: number;
}

const defaults: ClusterConfig = { activeSize: 9, removeDelay: 1800, syncInterval: 5 };
const least: ClusterConfig = { activeSize: 3, removeDelay: 2, syncInterval: 1 };

/** The present configuration. */
export function readClusterConfig(member: V2Member): ClusterConfig {
  const fields = parseFields(new TextEncoder().encode(member.peek(clusterConfigPath)?.value ?? ""));
  return changedConfig(defaults, fields ?? {});
}

/** The configuration with those fields of a JSON object that are numbers. */
export function changedConfig(config: ClusterConfig, fields: Readonly<Record<string, unknown>>): ClusterConfig {
  const field = (name: keyof ClusterConfig): number => {
    const value = fields[name];
    return Math.max(typeof value === "number" ? value : config[name], least[name]);
  };
  return {
    activeSize: Math.trunc(field("activeSize")),
    removeDelay: field("removeDelay"),
    syncInterval: field("syncInterval"),
  };
}

/** Puts a configuration into the log. */
export function recordClusterConfig(config: ClusterConfig): Request {
  return Request.create({ method: "PUT", path: clusterConfigPath, val: JSON.stringify(config) });
}

/** The configuration a new cluster begins with. */
export function recordFirstClusterConfig(config: Partial<ClusterConfig> = {}): Request {
  return recordClusterConfig(changedConfig(defaults, { ...config }));
}

/** The fields of a JSON object; undefined when the bytes are none. */
export function parseFields(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
