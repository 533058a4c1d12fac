/** Hashes of passwords by bcrypt, as etcd's own members store and check them; computed off the event loop. */
import { hash, verify } from "@node-rs/bcrypt";

export class BcryptPasswords {
  readonly #cost: number;

  /** `cost`: the work of a new hash, as a power of two. A stored hash names its own. */
  constructor({ cost }: { readonly cost: number }) {
    this.#cost = cost;
  }

  hash(password: string): Promise<string> {
    return hash(password, this.#cost);
  }

  /** Whether the hash is this password's; what is no hash at all matches nothing. */
  async matches(password: string, stored: string): Promise<boolean> {
    try {
      return await verify(password, stored);
    } catch {
      return false;
    }
  }
}
