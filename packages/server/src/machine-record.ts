/**
 * Releases before 2.0 keep their machines, and 0.4 the cluster's configuration, as hidden keys that clients read. A member
 * that serves such a release writes itself down there when it starts, before its first client.
 */
import type { Request } from "@etcd-ts/proto";
import { type ClusterConfig, type LegacyDialect, recordFirstClusterConfig } from "./api/legacy/index.ts";
import type { Member } from "./member/index.ts";
import type { Clock } from "./ports/index.ts";
import { clusterConfigPath, recordMachine as machineRequest, machinesPath } from "./v2/index.ts";

const retryMs = 100;

interface Recording {
  readonly dialects: readonly LegacyDialect[];
  /** What a new cluster of 0.4 begins with. */
  readonly cluster: ClusterConfig;
  readonly clock: Clock;
}

/** Resolves when the member is recorded for its newest release of these, or stops; without any there is nothing to do. */
export async function recordMachine(member: Member, { dialects, cluster, clock }: Recording): Promise<void> {
  const dialect = dialects.toSorted().at(-1);
  if (dialect === undefined) return;
  const { name } = member.options;
  const [peerUrl = "", clientUrl = ""] = [member.options.advertisePeerUrls[0], member.options.advertiseClientUrls[0]];
  const machine = machineRequest({ dialect, name, peerUrl, clientUrl });
  await write(member, {
    request: machine,
    isThere: () => valueAt(member, `${machinesPath}/${name}`) === machine.val,
    clock,
  });
  if (!dialects.includes("0.4")) return;
  const request = recordFirstClusterConfig(cluster);
  await write(member, { request, isThere: () => valueAt(member, clusterConfigPath) !== undefined, clock });
}

async function write(
  member: Member,
  { request, isThere, clock }: { request: Request; isThere: () => boolean; clock: Clock },
): Promise<void> {
  while (!isThere() && member.failure === undefined && !member.stopping) {
    const failed = await new Promise<boolean>((resolve) => {
      member.proposeV2(request, (error) => resolve(error !== undefined));
    });
    if (failed) await new Promise<void>((resolve) => clock.setTimer(retryMs, resolve));
  }
}

function valueAt({ v2 }: Member, path: string): string | undefined {
  return v2.peek(path)?.value;
}
