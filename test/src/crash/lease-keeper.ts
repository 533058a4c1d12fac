/**
 * A client that grants and revokes leases and remembers which were acknowledged. Long ones must survive every crash
 * until revoked, revoked ones must stay away, and short ones must end by themselves, keys and all, after the last crash.
 */
import type { EtcdClient, Message, SeededRandom } from "../harness/index.ts";

const longTtlSeconds = 3_600;
const shortTtlSeconds = 2;
const heldMost = 50;

/** Grants, attaches and revokes leases until the connection ends. */
export class LeaseKeeper {
  readonly #random: SeededRandom;
  #sequence = 0;
  #granted = new Set<string>();
  readonly #revoked = new Set<string>();
  /** Its grant or revocation was not answered. */
  #inDoubt: string | undefined;
  grantedCount = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** Works until `stopped` says so; only one call is under way at a time. */
  async run(client: EtcdClient, stopped: () => boolean): Promise<void> {
    while (!stopped()) {
      try {
        await this.#step(client);
      } catch (error) {
        if (stopped()) return;
        throw new Error(`leases: a living server refused: ${String(error)}`);
      }
    }
  }

  async #step(client: EtcdClient): Promise<void> {
    const kind = this.#random.below(4);
    if (this.#granted.size > heldMost || (kind === 0 && this.#granted.size > 0)) {
      const id = this.#random.pick([...this.#granted]);
      this.#inDoubt = id;
      await client.call("Lease.LeaseRevoke", { ID: id });
      this.#granted.delete(id);
      this.#revoked.add(id);
    } else {
      const isShort = kind === 1;
      const id = String(1_000_000 + ++this.#sequence);
      this.#inDoubt = isShort ? undefined : id;
      await client.call("Lease.LeaseGrant", { ID: id, TTL: isShort ? shortTtlSeconds : longTtlSeconds });
      this.grantedCount++;
      if (!isShort) this.#granted.add(id);
      const key = Buffer.from(isShort ? `short/${id}` : `lease/${id}`);
      this.#inDoubt = undefined;
      await client.call("KV.Put", { key, value: Buffer.from(`leases:${this.#sequence}:`), lease: id });
    }
    this.#inDoubt = undefined;
  }

  /** Compares the server's list with what was acknowledged. */
  async check(client: EtcdClient): Promise<string[]> {
    const answer = await client.call("Lease.LeaseLeases", {});
    const listed = new Set<string>(answer.leases.map((lease: Message) => lease.ID));
    const lost = [...this.#granted].filter((id) => id !== this.#inDoubt && !listed.has(id));
    const back = [...this.#revoked].filter((id) => listed.has(id));
    if (this.#inDoubt !== undefined) {
      if (listed.has(this.#inDoubt)) this.#granted.add(this.#inDoubt);
      else this.#granted.delete(this.#inDoubt);
      this.#inDoubt = undefined;
    }
    return [
      ...lost.map((id) => `lease ${id} is lost`),
      ...back.map((id) => `lease ${id} came back after its revocation`),
    ];
  }

  /** Waits until short leases have taken their keys along. */
  async checkExpiry(client: EtcdClient, timeoutMs: number): Promise<string[]> {
    const deadline = performance.now() + timeoutMs;
    const request = { key: Buffer.from("short/"), rangeEnd: Buffer.from("short0"), countOnly: true };
    for (;;) {
      const { count } = await client.call("KV.Range", request);
      if (count === "0") return [];
      if (performance.now() > deadline) return [`${count} keys outlived their leases of ${shortTtlSeconds} s`];
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
