/**
 * Members that are wrong on purpose, to see whether the simulation notices: each breaks one promise through the ports or
 * on the way to the clients, as a bug in the member would.
 */
import type { RangeRequest, RangeResponse, WatchResponse } from "@etcd-ts/proto";
import { type Backend, buckets, type Clock, type Disk, type DiskFile, type MemberPorts } from "@etcd-ts/server";
import type { MemoryDisk } from "@etcd-ts/server/testing";
import { forwarding } from "./forwarding.ts";
import type { Mutation } from "./machine.ts";
import { show } from "./model/answers.ts";
import { acknowledgedBySending, votingForAll, withNetwork } from "./raft-mutations.ts";
import {
  comparesNoIndex,
  endsByOwnCalendar,
  endsEarly,
  endsShifted,
  forgetsLastIndex,
  losesAnEvent,
  losesOfStreams,
  readsLocally,
  renewalsNotify,
  swapsBeforeCommit,
} from "./v2-mutations.ts";

/** A mutation and how many members it takes to show. */
export interface NamedMutation extends Mutation {
  readonly name: string;
  readonly machines: number;
}

const rangePath = "/etcdserverpb.KV/Range";
const putPath = "/etcdserverpb.KV/Put";
const timeToLivePath = "/etcdserverpb.Lease/LeaseTimeToLive";
const watchPath = "/etcdserverpb.Watch/Watch";
const consistentIndex = Uint8Array.from("consistent_index", (letter) => letter.charCodeAt(0));

/** All of them. */
export const mutations: readonly NamedMutation[] = [
  {
    name: "the log is never synced",
    machines: 1,
    ports: (ports) => withFiles(ports, () => ({ datasync: (done) => done() })),
  },
  {
    name: "writes are answered before the log is synced",
    machines: 1,
    ports: (ports) =>
      withFiles(ports, (file) => ({
        datasync: (done) => {
          file.datasync(() => {});
          done();
        },
      })),
  },
  {
    name: "new names in directories are never synced",
    machines: 1,
    ports: (ports) => ({ ...ports, disk: forwarding(ports.disk, { syncDirectory: async () => {} }) }),
  },
  {
    name: "the applied index is saved before the data (13766)",
    machines: 1,
    ports: (ports, store) => withBackend(ports, (backend) => ({ commit: () => commitIndexFirst(backend, store) })),
  },
  {
    name: "the store loses a record now and then",
    machines: 1,
    ports: (ports) => withBackend(ports, (backend) => ({ put: losing(backend) })),
  },
  {
    name: "a compaction removes a live revision",
    machines: 1,
    ports: (ports) => withBackend(ports, (backend) => ({ delete: deletingTwo(backend) })),
  },
  {
    name: "leases run out too early",
    machines: 1,
    ports: (ports) => ({ ...ports, clock: hasty(ports.clock, 1.4) }),
  },
  {
    name: "leases never run out",
    machines: 1,
    ports: (ports) => ({ ...ports, clock: without(ports.clock, 500) }),
  },
  {
    name: "a read is answered from an earlier one",
    machines: 1,
    tampering: () => ({ response: remembering(new Map()) }),
  },
  {
    name: "delete events are dropped (18089)",
    machines: 1,
    tampering: () => ({ message: changingEvents((events) => events.filter(({ type }) => type !== 1)) }),
  },
  {
    name: "an event is told twice after a resume (17247)",
    machines: 1,
    tampering: () => ({ message: repeatingFirst() }),
  },
  {
    name: "progress is told ahead of events (15220)",
    machines: 1,
    tampering: () => ({ message: progressFirst }),
  },
  {
    name: "the events of a transaction come apart and out of order",
    machines: 1,
    tampering: () => ({ message: changingEvents((events) => [...events].reverse()) }),
  },
  {
    name: "previous versions are missing in events",
    machines: 1,
    tampering: () => ({
      message: changingEvents((events) => events.map((event) => ({ ...event, prevKv: undefined }))),
    }),
  },
  {
    name: "answers name the revision before",
    machines: 1,
    tampering: () => ({ response: earlierRevision }),
  },
  {
    name: "remaining times begin anew after a restart",
    machines: 1,
    tampering: () => ({ response: longLife }),
  },
  {
    name: "linearizable reads do not ask for a read index (20418)",
    machines: 3,
    tampering: () => ({
      request: (path, request) => (path === rangePath ? { ...(request as RangeRequest), serializable: true } : request),
    }),
  },
  {
    name: "followers never sync their logs",
    machines: 3,
    ports: (ports) => withFiles(ports, () => ({ datasync: (done) => done() })),
  },
  {
    name: "a leader answers before an entry is committed",
    machines: 3,
    ports: (ports) => withNetwork(ports, acknowledgedBySending),
  },
  {
    name: "votes are forgotten",
    machines: 3,
    ports: (ports) => withNetwork(ports, votingForAll),
  },
  { name: "v2 nodes end by each member's own calendar", machines: 3, member: endsByOwnCalendar },
  { name: "times to live of v2 stretch after a restart", machines: 1, member: endsShifted(2_000) },
  { name: "times to live of v2 shrink", machines: 1, member: endsEarly },
  { name: "a renewal of v2 wakes watchers", machines: 1, member: renewalsNotify },
  { name: "a compare of v2 does not look at the index", machines: 1, member: comparesNoIndex },
  { name: "an event is missing in the history of v2 after a restart", machines: 1, member: losesAnEvent },
  { name: "the index of v2 is not restored", machines: 1, ports: forgetsLastIndex },
  { name: "a compare-and-swap of v2 is answered before it is committed", machines: 3, v2: swapsBeforeCommit },
  { name: "a quorum read of v2 asks nobody", machines: 3, v2: readsLocally },
  { name: "a stream of v2 loses events", machines: 1, v2: losesOfStreams },
];

/** Not one of them: a member that goes round in circles within one event. */
export const endless: NamedMutation = {
  name: "a member has no end of work",
  machines: 1,
  member: () => {
    const work = (): Promise<void> => Promise.resolve().then(work);
    void work();
  },
};

function withFiles(ports: MemberPorts, wrap: (file: DiskFile) => Partial<DiskFile>): MemberPorts {
  const open: Disk["open"] = async (path, mode) => {
    const file = await ports.disk.open(path, mode);
    return forwarding(file, wrap(file));
  };
  return { ...ports, disk: forwarding(ports.disk, { open }) };
}

function withBackend(ports: MemberPorts, wrap: (backend: Backend) => Partial<Backend>): MemberPorts {
  return {
    ...ports,
    openBackend: (path) => {
      const backend = ports.openBackend(path);
      return forwarding(backend, wrap(backend));
    },
  };
}

function commitIndexFirst(backend: Backend, store: MemoryDisk): Promise<void> {
  const index = backend.get(buckets.meta, consistentIndex);
  if (index !== undefined) store.bucket(buckets.meta).set(consistentIndex, index);
  return backend.commit();
}

function losing(backend: Backend): Backend["put"] {
  let count = 0;
  return (bucket, key, value) => {
    if (bucket !== buckets.key || ++count % 20 !== 0) backend.put(bucket, key, value);
  };
}

function deletingTwo(backend: Backend): Backend["delete"] {
  return (bucket, key) => {
    backend.delete(bucket, key);
    if (bucket !== buckets.key) return;
    for (const next of backend.slice(bucket, { start: key, limit: 1 })) backend.delete(bucket, next.key);
  };
}

function hasty(clock: Clock, factor: number): Clock {
  return forwarding(clock, {
    nowMs: () => clock.nowMs() * factor,
    setTimer: (delayMs, run) => clock.setTimer(delayMs / factor, run),
  });
}

function without(clock: Clock, delayMs: number): Clock {
  const setTimer: Clock["setTimer"] = (delay, run) => clock.setTimer(delay === delayMs ? 1e9 : delay, run);
  return forwarding(clock, { setTimer });
}

/** Every third answer to the same range is the last one. */
function remembering(answers: Map<string, unknown>) {
  let count = 0;
  return (path: string, response: unknown, request: unknown): unknown => {
    if (path !== rangePath) return response;
    const name = show(request);
    const earlier = answers.get(name);
    if (earlier !== undefined && ++count % 3 === 0) return earlier;
    answers.set(name, response as RangeResponse);
    return response;
  };
}

function changingEvents(change: (events: WatchResponse["events"]) => WatchResponse["events"]) {
  return (path: string, message: unknown): unknown[] => {
    if (path !== watchPath) return [message];
    const response = message as WatchResponse;
    const events = change(response.events);
    return response.events.length > 0 && events.length === 0 ? [] : [{ ...response, events }];
  };
}

function repeatingFirst() {
  let count = 0;
  return (path: string, message: unknown): unknown[] => {
    const isFirst = path === watchPath && (message as WatchResponse).events.length > 0 && ++count === 1;
    return isFirst ? [message, message] : [message];
  };
}

function progressFirst(path: string, message: unknown): unknown[] {
  const { header, events } = message as WatchResponse;
  return path === watchPath && events.length > 0 ? [{ header, watchId: -1, events: [] }, message] : [message];
}

function earlierRevision(path: string, response: unknown): unknown {
  if (path !== putPath) return response;
  const { header } = response as { header: { revision: number } };
  return { ...(response as object), header: { ...header, revision: header.revision - 1 } };
}

function longLife(path: string, response: unknown): unknown {
  const { ttl, grantedTtl } = response as { ttl: number; grantedTtl: number };
  return path === timeToLivePath && ttl >= 0 ? { ...(response as object), ttl: grantedTtl + 3 } : response;
}
