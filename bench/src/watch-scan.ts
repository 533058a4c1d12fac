/**
 * Reads of a WatchResponse only what the generator counts, without decoding the events: at hundreds of thousands of
 * events per second a full decode would measure the generator.
 * Fields (etcd's rpc.proto): 2 watch_id, 3 created, 11 events.
 */

/** What `scanWatchResponse` found; one object, overwritten by the next call. */
export interface WatchScan {
  watchId: number;
  created: boolean;
  events: number;
}

const scan: WatchScan = { watchId: 0, created: false, events: 0 };
const wireVarint = 0;
const wireBytes = 2;
let position = 0;

/** Scans one encoded WatchResponse; throws on a field type that it does not have. */
export function scanWatchResponse(message: Uint8Array): Readonly<WatchScan> {
  scan.watchId = 0;
  scan.created = false;
  scan.events = 0;
  position = 0;
  while (position < message.length) {
    const tag = varint(message);
    const field = tag >>> 3;
    const content = varint(message);
    if ((tag & 7) === wireBytes) {
      position += content;
      if (field === 11) scan.events++;
    } else if ((tag & 7) !== wireVarint) throw new Error(`not a WatchResponse: field type ${tag & 7}`);
    else if (field === 2) scan.watchId = content;
    else if (field === 3) scan.created = content !== 0;
  }
  return scan;
}

/** Exact up to 2^53; the ids that matter here are small, revisions are not looked at. */
function varint(message: Uint8Array): number {
  let value = 0;
  let scale = 1;
  for (;;) {
    const byte = message[position++] ?? 0;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
    scale *= 128;
  }
}
