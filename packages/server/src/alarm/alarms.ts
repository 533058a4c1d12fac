/**
 * Cluster-wide alarms: NOSPACE (a member's quota is used up, writes stop) and CORRUPT (members disagree). Replicated:
 * raised and cleared by committed entries only. Kept in the bucket `alarm` as etcd keeps them: the encoded
 * `AlarmMember` is the key, the value is empty. Raising or clearing twice does nothing the second time.
 */
import { AlarmMember, AlarmType } from "@etcd-ts/proto";
import { type Backend, buckets } from "../ports/index.ts";

/** An alarm as logs, pages and errors name it. */
export function alarmName(alarm: AlarmType): string {
  return alarmNames[alarm] ?? String(alarm);
}

const alarmNames: Readonly<Record<number, string>> = { [AlarmType.NOSPACE]: "NOSPACE", [AlarmType.CORRUPT]: "CORRUPT" };

/** Alarms read at once when loading. */
const PAGE = 1000;

export class Alarms {
  readonly #backend: Backend;
  /** By kind, then in the order they were raised (by member after a restart). Never changed in place. */
  #active: readonly Readonly<AlarmMember>[] = [];

  /** Loads what the backend holds; throws the codec's `DecodeError` when it cannot be read. */
  constructor({ backend }: { backend: Backend }) {
    this.#backend = backend;
    this.reload();
  }

  /** Reads everything anew: after a snapshot has replaced the backend's content. */
  reload(): void {
    const found: AlarmMember[] = [];
    let start: Uint8Array = new Uint8Array(0);
    for (;;) {
      const page = this.#backend.slice(buckets.alarm, { start, limit: PAGE });
      for (const { key } of page) found.push(AlarmMember.decode(key));
      if (page.length < PAGE) break;
      start = Uint8Array.of(...page.at(-1)!.key, 0);
    }
    this.#active = found.sort(compareAlarms);
  }

  /** Raises an alarm for a member and returns it, raised now or before; NONE cannot be raised. */
  activate(memberId: bigint, alarm: AlarmType): Readonly<AlarmMember> | undefined {
    if (alarm === AlarmType.NONE) return undefined;
    const raised = this.#find(memberId, alarm);
    if (raised !== undefined) return raised;
    const added = { memberId, alarm };
    this.#active = [...this.#active, added].sort(byKind);
    this.#backend.put(buckets.alarm, AlarmMember.encode(added), new Uint8Array(0));
    return added;
  }

  /** Clears an alarm of a member and returns it; `undefined` when it was not raised. */
  deactivate(memberId: bigint, alarm: AlarmType): Readonly<AlarmMember> | undefined {
    const raised = this.#find(memberId, alarm);
    if (raised === undefined) return undefined;
    this.#active = this.#active.filter((one) => one !== raised);
    this.#backend.delete(buckets.alarm, AlarmMember.encode(raised));
    return raised;
  }

  /** Active alarms of a kind, NONE meaning every kind; by kind, then in the order they were raised. */
  get(alarm: AlarmType): readonly Readonly<AlarmMember>[] {
    return alarm === AlarmType.NONE ? this.#active : this.#active.filter((one) => one.alarm === alarm);
  }

  /** Whether any member has raised an alarm of this kind. */
  isActive(alarm: AlarmType): boolean {
    return this.#active.some((one) => one.alarm === alarm);
  }

  #find(memberId: bigint, alarm: AlarmType): Readonly<AlarmMember> | undefined {
    return this.#active.find((one) => one.memberId === memberId && one.alarm === alarm);
  }
}

function compareAlarms(left: AlarmMember, right: AlarmMember): number {
  if (left.alarm !== right.alarm) return left.alarm - right.alarm;
  return left.memberId < right.memberId ? -1 : 1;
}

function byKind(left: AlarmMember, right: AlarmMember): number {
  return left.alarm - right.alarm;
}
