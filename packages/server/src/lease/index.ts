export type { DueCheckpoint } from "./expiry-queue.ts";
export { chooseLeaseId } from "./lease-id.ts";
export type { GrantOutcome, KeepAliveOutcome, LeaseTimeToLive, LessorOptions, LessorParts } from "./lessor.ts";
export { Lessor } from "./lessor.ts";
export { LeaseCorruptError } from "./load-leases.ts";
export { LEASE_TTL_MAX, minLeaseTtl } from "./min-ttl.ts";
