/**
 * Raises the NOSPACE alarm of this member when its quota refuses a request. Refused requests cost their clients nothing and come as
 * fast as they can, on a disk that is nearly full; so the alarm goes into the log once, not with each of them.
 */
import { AlarmRequest, AlarmType } from "@etcd-ts/proto";
import type { Member } from "./member.ts";

/** See the top of this file. */
export class SpaceAlarm {
  readonly #member: Pick<Member, "alarms" | "memberId" | "propose">;
  #isProposed = false;

  constructor(member: Pick<Member, "alarms" | "memberId" | "propose">) {
    this.#member = member;
  }

  /** Sees to it that the alarm is raised; nobody waits for it. */
  raise(): void {
    const { alarms, memberId } = this.#member;
    if (this.#isProposed || alarms.get(AlarmType.NOSPACE).some((one) => one.memberId === memberId)) return;
    this.#isProposed = true;
    const request = AlarmRequest.create({ action: 1, memberId, alarm: AlarmType.NOSPACE });
    this.#member.propose("alarm", AlarmRequest.encode(request), () => {
      this.#isProposed = false;
    });
  }
}
