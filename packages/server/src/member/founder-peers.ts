/** The first entries of a new cluster's log: its founders, as every one of them writes them into its own log. */
import type { BootstrapPeer } from "@etcd-ts/raft";
import { encodeFounder, type ReadonlyMember } from "../membership/index.ts";

/** What the consensus core begins with. The entries must be equal everywhere, so only a lone founder may found as before 2.0. */
export function founderPeers(
  founders: readonly ReadonlyMember[],
  { foundsLegacy = false }: { readonly foundsLegacy?: boolean },
): BootstrapPeer[] {
  const legacy = foundsLegacy && founders.length === 1;
  return founders.map((founder) => ({ id: founder.id, context: encodeFounder(founder, { legacy }) }));
}
