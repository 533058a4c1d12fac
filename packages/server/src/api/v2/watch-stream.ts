/** A watch as the body of an answer: events as they come, until the first, the last, or the client goes. */
import type { V2Event, V2Watcher } from "../../v2/index.ts";

/** How events become bytes. */
export interface EventStreamOptions {
  readonly format: (event: V2Event) => string;
  /** Whether to go on after the first event. */
  readonly stream: boolean;
  /** Aborted when the client has gone; the watcher is closed then. */
  readonly signal: AbortSignal;
}

/** The body; the watcher is closed when it ends, however it ends, and when the client goes before it begins. */
export function eventStream(watcher: V2Watcher, options: EventStreamOptions): AsyncGenerator<Uint8Array> {
  return eventsOf(watcher, { ...options, close: closeOnAbort(watcher, options.signal) });
}

async function* eventsOf(
  watcher: V2Watcher,
  { format, stream, close }: EventStreamOptions & { close: () => void },
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  try {
    for (let event = await watcher.next(); event !== undefined; event = await watcher.next()) {
      yield encoder.encode(format(event));
      if (!stream) return;
    }
  } finally {
    close();
  }
}

/** Closes the watcher when the client goes; call the result when done with it. */
export function closeOnAbort(watcher: V2Watcher, signal: AbortSignal): () => void {
  const close = (): void => watcher.close();
  if (signal.aborted) close();
  else signal.addEventListener("abort", close, { once: true });
  return () => {
    signal.removeEventListener("abort", close);
    close();
  };
}
