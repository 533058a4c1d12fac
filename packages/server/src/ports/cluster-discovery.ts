/**
 * How a member that starts for the first time learns who founds the cluster, when no `--initial-cluster` tells it. Both ways
 * end with the text of an initial cluster (`a=http://…,b=http://…`) or reject with one line.
 */
export type ClusterDiscovery =
  | {
      /** The founders are written down somewhere. */
      readonly kind: "look-up";
      lookUp(): Promise<string>;
    }
  | {
      /** The founders meet somewhere and wait for each other. */
      readonly kind: "join";
      /** What keeps this cluster apart from others in the computation of ids. */
      readonly token: string;
      /** Registers this member and waits until all are there. */
      join(self: DiscoveringMember): Promise<string>;
    };

/** The member that takes part in a discovery. */
export interface DiscoveringMember {
  readonly memberId: bigint;
  /** Its entry of the initial cluster. */
  readonly entry: string;
  /** Whether it may have registered before, and was interrupted then. */
  readonly resuming: boolean;
}
