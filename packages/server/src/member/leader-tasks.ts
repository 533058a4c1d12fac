/**
 * What a member does only while it leads: it expires leases and nodes of the v2 tree through the log, and looks after the
 * cluster.
 */
import type { Lessor } from "../lease/index.ts";
import type { Clock } from "../ports/index.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import type { Member } from "./member.ts";
import { V2Expiry } from "./v2-expiry.ts";

export class LeaderTasks {
  readonly #member: Member;
  readonly #leases: LeaseKeeper;
  readonly #v2: V2Expiry;

  constructor(member: Member, { clock, lessor }: { clock: Clock; lessor: Lessor }) {
    this.#member = member;
    this.#leases = new LeaseKeeper({
      clock,
      lessor,
      confirmLeadership: (done) => member.linearizableRead((error) => done(error === undefined && member.isLeader)),
      proposeRevoke: (request) => member.proposeWhileLeading("leaseRevoke", request),
      proposeCheckpoint: (request) => member.proposeWhileLeading("leaseCheckpoint", request),
    });
    this.#v2 = new V2Expiry({ clock, v2: member.v2, propose: (request, done) => member.proposeV2(request, done) });
  }

  /** Begins when the member becomes leader; called again while it leads it changes nothing. */
  lead(): void {
    this.#leases.lead(this.#member.options.electionMs);
    this.#v2.lead();
    this.#member.cluster.lead();
  }

  /** Ends when leadership is lost, and at stop. */
  follow(): void {
    this.#leases.follow();
    this.#v2.follow();
  }
}
