/**
 * Well-framed calls with wild content: random protobuf for every method, and extreme values in real fields. The answer
 * does not matter, the survival does. Calls that would crash etcd 3.4.23 itself (its known mistakes) are not made, so
 * that the storm can be checked against it.
 */
import type { SeededRandom } from "../harness/index.ts";
import { framed, type RawCall } from "./raw-call.ts";

const methods = [
  "KV/Range KV/Put KV/DeleteRange KV/Txn KV/Compact Watch/Watch",
  "Lease/LeaseGrant Lease/LeaseRevoke Lease/LeaseKeepAlive Lease/LeaseTimeToLive Lease/LeaseLeases",
  "Cluster/MemberList Cluster/MemberPromote Maintenance/Status Maintenance/Hash Maintenance/HashKV",
  "Auth/UserList Auth/RoleList Auth/UserGet Auth/RoleGet Auth/Authenticate",
]
  .join(" ")
  .split(" ");

const extremes = [0n, 1n, -1n, 2n ** 31n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)];

/** One random call; about half of them decode. */
export function wildCall(random: SeededRandom): RawCall {
  const path = `/etcdserverpb.${random.pick(methods)}`;
  const isNoise = random.below(3) === 0;
  const message = isNoise ? random.bytes(random.below(200)) : wildMessage(random, 0);
  return { path, body: framed(message) };
}

/** Fields 1 to 12 with varints of any size, short bytes, or messages inside. */
function wildMessage(random: SeededRandom, depth: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let count = random.below(6); count > 0; count--) {
    const number = 1 + random.below(12);
    const isVarint = random.below(2) === 0;
    parts.push(Buffer.of((number << 3) | (isVarint ? 0 : 2)));
    if (isVarint) parts.push(varint64(random.pick(extremes)));
    else {
      const content =
        depth < 6 && random.below(3) > 0 ? wildMessage(random, depth + 1) : random.bytes(random.below(20));
      parts.push(varint64(BigInt(content.length)), content);
    }
  }
  return Buffer.concat(parts);
}

function varint64(value: bigint): Buffer {
  const bytes: number[] = [];
  for (let left = BigInt.asUintN(64, value); ; left >>= 7n) {
    if (left < 128n) return Buffer.from([...bytes, Number(left)]);
    bytes.push(Number(left & 127n) | 128);
  }
}
