/**
 * Hashes of passwords by bcrypt, as etcd's own members store and check them; computed off the event loop. The library is loaded
 * with the first of them: most members never see a password, and it takes some 4 MB of memory.
 */
import { createRequire } from "node:module";

type Bcrypt = typeof import("@node-rs/bcrypt");
let library: Bcrypt | undefined;

function bcrypt(): Bcrypt {
  library ??= createRequire(import.meta.url)("@node-rs/bcrypt") as Bcrypt;
  return library;
}

export class BcryptPasswords {
  readonly #cost: number;

  /** `cost`: the work of a new hash, as a power of two. A stored hash names its own. */
  constructor({ cost }: { readonly cost: number }) {
    this.#cost = cost;
  }

  hash(password: string): Promise<string> {
    return bcrypt().hash(password, this.#cost);
  }

  /** Whether the hash is this password's; what is no hash at all matches nothing. */
  async matches(password: string, stored: string): Promise<boolean> {
    try {
      return await bcrypt().verify(password, stored);
    } catch {
      return false;
    }
  }
}
