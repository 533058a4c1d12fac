/** Members that are wrong on purpose in what they do with the v2 tree, its history and its times. See mutations.ts. */
import type { Request } from "@etcd-ts/proto";
import { buckets, type HttpResponse, type HttpRoute, type Member, type MemberPorts } from "@etcd-ts/server";
import type { MemoryDisk } from "@etcd-ts/server/testing";
import type { Life } from "./machine.ts";
import { readJson } from "./v2-clients.ts";

type Store = Member["v2"];
const decoder = new TextDecoder();
const eventTag = 0x65;
const syncMethod = "SYNC";
const nanosPerMs = 1_000_000n;

/** Changes the requests of the log before the tree of one member sees them. */
export function applying(change: (request: Request, store: Store, life: Life) => Request) {
  return ({ v2 }: Member, life: Life): void => {
    const apply = v2.apply.bind(v2);
    v2.apply = (request) => apply(change(request, v2, life));
  };
}

/** Nodes end by each member's own calendar. */
export const endsByOwnCalendar = applying((request, _store, life) =>
  request.method === syncMethod ? { ...request, time: BigInt(life.clock.wallMs()) * nanosPerMs } : request,
);

/** Nodes end so much later, or sooner, in lives after the first. */
export function endsShifted(byMs: number) {
  return applying((request, _store, { number }) => {
    if (request.method !== syncMethod || number === 1) return request;
    return { ...request, time: request.time - BigInt(byMs) * nanosPerMs };
  });
}

/** Nodes that were set to end at once do so when the tree next expires anything: a second early. */
export const endsEarly = applying((request) =>
  request.method === syncMethod ? { ...request, time: request.time + 1000n * nanosPerMs } : request,
);

/** A renewal is a write like any other. */
export const renewalsNotify = applying((request, store) => {
  if (request.refresh !== true) return request;
  return { ...request, refresh: false, val: store.peek(request.path)?.value ?? request.val };
});

/** A compare with an index takes any index. */
export const comparesNoIndex = applying((request, store) =>
  request.prevIndex > 0
    ? { ...request, prevIndex: store.peek(request.path)?.modifiedIndex ?? request.prevIndex }
    : request,
);

/** A restarted member's history lacks an event. */
export function losesAnEvent({ v2 }: Member, { number }: Life): void {
  if (number === 1) return;
  const watch = v2.watch.bind(v2);
  v2.watch = (options) => watch({ ...options, sinceIndex: options.sinceIndex === 0 ? 0 : options.sinceIndex + 1 });
}

/** The index is that of the last event but one when a member starts. */
export function forgetsLastIndex(ports: MemberPorts, store: MemoryDisk): MemberPorts {
  const bucket = store.bucket(buckets.v2);
  const keys: { key: Uint8Array; index: number }[] = [];
  bucket.scan({ start: Uint8Array.of(eventTag), end: Uint8Array.of(eventTag + 1) }, (key, value) => {
    const { node } = JSON.parse(decoder.decode(value)) as { node: { modifiedIndex: number } };
    keys.push({ key, index: node.modifiedIndex });
    return true;
  });
  const last = keys.sort((a, b) => b.index - a.index)[0];
  if (last !== undefined) bucket.delete(last.key);
  return ports;
}

/** A compare-and-swap is answered as soon as the member's own tree agrees. */
export function swapsBeforeCommit(route: HttpRoute): HttpRoute {
  return async (request) => {
    const text = decoder.decode(request.body);
    const later = route(request);
    const swaps = request.method === "PUT" && text.includes("prevValue=") && !text.includes("refresh=");
    if (!swaps || later === undefined) return (await later)!;
    const present = await route({ ...request, method: "GET", query: "", body: new Uint8Array(0) });
    const json = present === undefined ? undefined : readJson(present.body);
    const wanted = /prevValue=([^&]*)/.exec(text)?.[1];
    const prevNode = json !== undefined && "action" in json ? json.node : undefined;
    if (prevNode?.value !== wanted) return await later;
    return swapped({ present: present!, prevNode: prevNode!, value: /(?:^|&)value=([^&]*)/.exec(text)?.[1] ?? "" });
  };
}

function swapped({
  present,
  prevNode,
  value,
}: {
  present: HttpResponse;
  prevNode: object;
  value: string;
}): HttpResponse {
  const index = Number(present.headers["X-Etcd-Index"]) + 1;
  const node = { ...prevNode, value, modifiedIndex: index };
  const body = JSON.stringify({ action: "compareAndSwap", node, prevNode });
  return { ...present, headers: { ...present.headers, "X-Etcd-Index": String(index) }, body };
}

/** A quorum read is answered from the member's own tree. */
export function readsLocally(route: HttpRoute): HttpRoute {
  return (request) => route({ ...request, query: request.query.replace("quorum=true", "quorum=false") });
}

/** A stream loses every tenth event. */
export function losesOfStreams(route: HttpRoute): HttpRoute {
  return async (request) => {
    const answer = (await route(request))!;
    if (!(typeof answer.body === "object" && Symbol.asyncIterator in answer.body)) return answer;
    return { ...answer, body: withoutTenths(answer.body) };
  };
}

async function* withoutTenths(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let count = 0;
  for await (const chunk of body) if (++count % 10 !== 4) yield chunk;
}
