/**
 * The two servers that are compared, and how much effort a comparison takes.
 */
import { ServerProcess } from "@etcd-ts/test";

/** How long and how often. */
export interface Effort {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly bigStoreKeys: number;
  readonly client: string;
}

/** The two servers; either may be missing. */
export const sides = ["ours", "etcd"] as const;
/** Which of the two. */
export type Side = (typeof sides)[number];
/** Programs of the servers that are there. */
export type Binaries = Partial<Record<Side, string>>;

/** Room for what the longest load writes; both get it. */
const flags = ["--quota-backend-bytes", String(8 * 2 ** 30)];

/** Starts a server for measuring, on a fresh directory unless one is given. */
export function startServer(binary: string, where: { dataDir?: string } = {}): Promise<ServerProcess> {
  return ServerProcess.start({ binary, flags, startTimeoutMs: 120_000, ...where });
}
