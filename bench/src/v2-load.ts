/**
 * Loads on the v2 API: sets and gets on keep-alive connections, a client each, and long polls of one key that are all
 * answered by every set of it.
 */
import { Http1Connection } from "./http1-client.ts";
import type { Load } from "./loads.ts";
import type { Meter } from "./meter.ts";

interface V2Load {
  readonly load: Load;
  readonly meter: Meter;
  /** Set every key first. */
  readonly fill: boolean;
}

const watchedPath = "/v2/keys/watched";

/** Connects the clients and starts; the returned function stops it. */
export async function startV2Load(endpoints: readonly string[], { load, meter, fill }: V2Load): Promise<() => void> {
  const endpointOf = (index: number): string => endpoints[index % endpoints.length] as string;
  const opening = Array.from({ length: load.connections }, (_, i) => Http1Connection.open(endpointOf(i)));
  const connections = await Promise.all(opening);
  if (fill) await Promise.all(connections.map((connection, first) => fillShare(connection, { load, first })));
  switch (load.kind) {
    case "v2-watch":
      return startLongPolls(connections, { load, meter, writer: await Http1Connection.open(endpointOf(0)) });
    case "v2-get":
      return startClients(connections, { meter, next: () => get(pathOf(anyKey(load))) });
    default:
      return startClients(connections, { meter, next: () => set(pathOf(anyKey(load)), load) });
  }
}

/** Sets every key that is this connection's share. */
async function fillShare(connection: Http1Connection, { load, first }: { load: Load; first: number }): Promise<void> {
  for (let key = first; key < load.keyCount; key += load.connections) await ask(connection, set(pathOf(key), load));
}

function startClients(
  connections: readonly Http1Connection[],
  { meter, next }: { meter: Meter; next: () => string },
): () => void {
  let stopped = false;
  for (const connection of connections) {
    let startedMs = 0;
    const issue = (): void => {
      startedMs = performance.now();
      connection.send(next(), (error, status) => {
        if (stopped) return;
        const refused = error ?? (status >= 400 ? `status ${status}` : undefined);
        if (refused !== undefined) return meter.fail(refused);
        meter.record(performance.now() - startedMs);
        issue();
      });
    };
    issue();
  }
  return () => {
    stopped = true;
  };
}

/** An operation is one answered poll; its latency runs from the start of the set. */
async function startLongPolls(
  connections: readonly Http1Connection[],
  { load, meter, writer }: Omit<V2Load, "fill"> & { writer: Http1Connection },
): Promise<() => void> {
  let index = indexOf(await ask(writer, set(watchedPath, load)));
  let stopped = false;
  const round = (): void => {
    let [waiting, startedMs] = [connections.length + 1, 0];
    const arrived = (): void => {
      if (--waiting === 0) round();
    };
    const request = get(`${watchedPath}?wait=true&waitIndex=${index + 1}`);
    for (const connection of connections) {
      connection.send(request, (error, status) => {
        if (stopped) return;
        if (error !== undefined || status !== 200) return meter.fail(error ?? `status ${status}`);
        meter.record(performance.now() - startedMs);
        arrived();
      });
    }
    startedMs = performance.now();
    writer.send(set(watchedPath, load), (error, _, answer) => {
      if (stopped) return;
      if (error !== undefined) return meter.fail(error);
      index = indexOf(answer);
      arrived();
    });
  };
  round();
  return () => {
    stopped = true;
  };
}

function ask(connection: Http1Connection, request: string): Promise<Buffer> {
  return new Promise((resolve, reject) =>
    connection.send(request, (error, _, answer) => (error === undefined ? resolve(answer) : reject(new Error(error)))),
  );
}

function indexOf(answer: Buffer): number {
  return Number(/"modifiedIndex":(\d+)/.exec(answer.toString("latin1"))?.[1]);
}

function anyKey({ keyCount }: Load): number {
  return Math.floor(Math.random() * keyCount);
}

function pathOf(key: number): string {
  return `/v2/keys/bench/${key}`;
}

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: bench\r\n\r\n`;
}

function set(path: string, { valueBytes }: Load): string {
  const body = `value=${"v".repeat(valueBytes)}`;
  const head = `Host: bench\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}`;
  return `PUT ${path} HTTP/1.1\r\n${head}\r\n\r\n${body}`;
}
