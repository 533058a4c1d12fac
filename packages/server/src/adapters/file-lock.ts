/**
 * The operating system's lock of an open file, which Node does not offer itself. On Linux it is an open-file-description
 * lock over the whole file, on macOS `flock`: in both cases what the Go etcd takes on its segments, so that each refuses
 * a directory the other is using. The kernel frees it when the descriptor goes away, hence also after SIGKILL.
 *
 * Not chosen: a socket in the abstract namespace (Linux only, and blind across containers that share a volume), a pid
 * file (stale after SIGKILL, blind across pid namespaces), LMDB's lock (made for sharing, cannot refuse a second one).
 */
import { createRequire } from "node:module";

interface NativeFileExtensions {
  tryLock(descriptor: number): boolean;
}

let native: NativeFileExtensions | undefined;

/** Takes the exclusive lock of an open descriptor; false when another one of the same file holds it. */
export function tryLockDescriptor(descriptor: number): boolean {
  native ??= createRequire(import.meta.url)("fs-native-extensions") as NativeFileExtensions;
  return native.tryLock(descriptor);
}
