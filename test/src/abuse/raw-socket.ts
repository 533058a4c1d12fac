/**
 * A connection for bytes that no client library would send: writes what it is told, listens for a bounded time, and
 * leaves politely, rudely (reset), or by silence. It never throws: how the server takes it is the question.
 */
import { connect, type Socket } from "node:net";

/** What to do on one connection. */
export interface Talk {
  /** Pieces, written one after the other. */
  readonly pieces: readonly Uint8Array[];
  /** Longest time to wait for the server to hang up; default 200 ms. */
  readonly listenMs?: number;
  /** Pause between pieces; default none. */
  readonly pauseMs?: number;
  /** How to leave; default `end`. */
  readonly leave?: "end" | "reset";
}

/** What came back, and whether the server hung up by itself. */
export interface Heard {
  readonly bytes: Buffer;
  readonly hungUp: boolean;
}

const heardMost = 1 << 20;

/** Carries a talk out. */
export function talk(port: number, { pieces, listenMs = 200, pauseMs = 0, leave = "end" }: Talk): Promise<Heard> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const heard: Buffer[] = [];
    let size = 0;
    let hungUp = true;
    const timer = setTimeout(() => {
      hungUp = false;
      leaveBy(socket, leave);
    }, listenMs);
    socket.on("data", (chunk) => {
      size += chunk.length;
      if (size <= heardMost) heard.push(chunk);
    });
    socket.on("end", () => socket.destroy());
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(timer);
      resolve({ bytes: Buffer.concat(heard), hungUp });
    });
    socket.on("connect", () => void writeAll(socket, pieces, pauseMs));
  });
}

async function writeAll(socket: Socket, pieces: readonly Uint8Array[], pauseMs: number): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return;
    socket.write(piece);
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

function leaveBy(socket: Socket, leave: "end" | "reset"): void {
  if (leave === "reset") socket.resetAndDestroy();
  else socket.destroy();
}
