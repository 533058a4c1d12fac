/**
 * Releases before 2.0 keep their machines, and 0.4 the cluster's configuration, as hidden keys that clients read. A member
 * that serves such a release writes itself down there when it starts, before its first client.
 */
import type { Request } from "@etcd-ts/proto";
import { type ClusterConfig, type LegacyDialect, recordFirstClusterConfig } from "./api/legacy/index.ts";
import type { Member } from "./member/index.ts";
import type { Clock, Logger } from "./ports/index.ts";
import { clusterConfigPath, recordMachine as machineRequest, machinesPath, type V2Result } from "./v2/index.ts";

const retryMs = 100;

interface Recording {
  readonly dialects: readonly LegacyDialect[];
  /** What a new cluster of 0.4 begins with. */
  readonly cluster: ClusterConfig;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Resolves when the member is recorded for its newest release of these, or stops; without any there is nothing to do. */
export async function recordMachine(member: Member, { dialects, cluster, ...ports }: Recording): Promise<void> {
  const dialect = dialects.toSorted().at(-1);
  if (dialect === undefined) return;
  const { name } = member.options;
  const [peerUrl = "", clientUrl = ""] = [member.options.advertisePeerUrls[0], member.options.advertiseClientUrls[0]];
  const machine = machineRequest({ dialect, name, peerUrl, clientUrl });
  await write(member, {
    request: machine,
    isThere: () => valueAt(member, `${machinesPath}/${name}`) === machine.val,
    ...ports,
  });
  if (!dialects.includes("0.4")) return;
  const request = recordFirstClusterConfig(cluster);
  await write(member, { request, isThere: () => valueAt(member, clusterConfigPath) !== undefined, ...ports });
}

/** Insists while the cluster cannot answer; what the tree refuses, because clients have changed it, stays unwritten. */
async function write(
  member: Member,
  { request, isThere, clock, log }: { request: Request; isThere: () => boolean; clock: Clock; log: Logger },
): Promise<void> {
  while (!isThere() && member.failure === undefined && !member.stopping) {
    const outcome = await new Promise<V2Result | "failed">((resolve) => {
      member.proposeV2(request, (error, result) => resolve(error === undefined ? (result ?? {}) : "failed"));
    });
    if (outcome === "failed") await new Promise<void>((resolve) => clock.setTimer(retryMs, resolve));
    else {
      const { failure } = outcome;
      if (failure !== undefined)
        log.warn("the tree refuses this member's record for releases before 2.0", {
          path: request.path,
          "error-code": failure.code,
          cause: failure.cause,
        });
      return;
    }
  }
}

function valueAt({ v2 }: Member, path: string): string | undefined {
  return v2.peek(path)?.value;
}
