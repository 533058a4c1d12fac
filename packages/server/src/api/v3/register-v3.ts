/** Puts every service of the v3 API on a gRPC server. */
import type { Member } from "../../member/index.ts";
import type { Logger } from "../../ports/index.ts";
import { CallGate } from "./call-gate.ts";
import { registerCluster } from "./cluster.ts";
import { registerHealth } from "./health.ts";
import { registerKv } from "./kv.ts";
import { registerLease } from "./lease.ts";
import { registerMaintenance } from "./maintenance.ts";
import type { V3Methods } from "./unary.ts";
import { registerWatch } from "./watch.ts";

/** Registers what exists; methods that are not registered are answered as unimplemented. */
export function registerV3(server: V3Methods, parts: { member: Member; log: Logger }): void {
  const router = { server: new CallGate(server, parts.member), log: parts.log };
  registerKv(router, parts.member);
  registerWatch(router, parts.member);
  registerLease(router, parts.member);
  registerCluster(router, parts.member);
  registerMaintenance(router, parts.member);
  registerHealth(router, parts.member);
}
