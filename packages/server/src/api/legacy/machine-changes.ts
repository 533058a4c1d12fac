/** Machines that come and go, as releases before 2.0 told each other at their peer ports. */
import { EtcdError } from "@etcd-ts/proto";
import type { HttpRequest, HttpResponse } from "../../ports/index.ts";
import { machinesPath, recordMachine, recordMachineGone } from "../../v2/index.ts";
import { type ClusterMember, plainError, propose, type V2Member } from "../v2/index.ts";
import { parseFields } from "./cluster-config.ts";
import { parameterError } from "./legacy-answers.ts";
import type { LegacyParts } from "./legacy-dialect.ts";

interface JoinWish {
  readonly name: string;
  readonly peerUrl: string;
  readonly clientUrl: string;
  /** The id of a member that served at this address and has lost its disk. */
  readonly replaces: string | undefined;
}

/** Takes a machine in that asks at the leader; one that belongs already is welcome. Told is the raft index. */
export async function takeIn(
  request: HttpRequest,
  { activeSize, ...parts }: LegacyParts & { readonly activeSize: number },
): Promise<HttpResponse> {
  const wish = wishIn(request.body);
  if (wish === undefined) return plainError(500, "a machine that joins tells its name, raftURL and etcdURL");
  const { member } = parts;
  const members = member.members();
  const own = members.find(({ peerUrls }) => peerUrls.includes(wish.peerUrl));
  const isNamesake = own !== undefined && (own.name === wish.name || own.name === "");
  if (own === undefined ? members.some(({ name }) => name === wish.name) : !isNamesake) {
    return parameterError(109, wish.clientUrl, parts);
  }
  const isLost = own !== undefined && wish.replaces === own.id.toString(16);
  if (own !== undefined && !isLost) return indexAnswer(member);
  if (own === undefined && members.length >= activeSize) return parameterError(103, "", parts);
  return told(member, async () => {
    if (isLost) await member.removeMember(own.id);
    // Before the machine counts: until it has started, nothing may be possible any more.
    const { failure } = await propose(recordMachine({ ...wish, dialect: parts.dialect }), member);
    if (failure !== undefined) return failure.cause;
    const outcome = await member.addMember([wish.peerUrl]);
    if (typeof outcome !== "string") return undefined;
    await propose(recordMachineGone(wish.name), member);
    return outcome;
  });
}

/** Removes a machine from the cluster and from the list of machines; gives the index, or nothing when it has gone already. */
export function dismiss(member: V2Member, machine: ClusterMember): Promise<HttpResponse | undefined> {
  let isThere = true;
  const answer = told(member, async () => {
    isThere = (await member.removeMember(machine.id)) === "done";
    return isThere ? forgetMachine(member, machine) : undefined;
  });
  return answer.then((one) => (isThere ? one : undefined));
}

/** Why the record could not be removed; one that is not there is no failure. */
async function forgetMachine(member: V2Member, machine: ClusterMember): Promise<string | undefined> {
  const name = machineName(member, machine);
  if (name === "") return undefined;
  const { failure } = await propose(recordMachineGone(name), member);
  return failure === undefined || failure.code === 100 ? undefined : failure.cause;
}

/** The name of a machine: one that was taken in and has not started yet has only told it. */
export function machineName(member: V2Member, { name, peerUrls }: Pick<ClusterMember, "name" | "peerUrls">): string {
  if (name !== "") return name;
  const raft = encodeURIComponent(peerUrls[0] ?? "");
  const records = member.peek(machinesPath)?.nodes ?? [];
  const record = records.find(({ value }) => value?.split("&").some((field) => decoded(field) === `raft=${raft}`));
  return record?.key.replace(/^.*\//, "") ?? "";
}

/** 0.2 wrote the fields as they are, later releases encoded them. */
function decoded(field: string): string {
  const [name = "", value = ""] = field.split("=");
  return `${name}=${value.includes("%") ? value : encodeURIComponent(value)}`;
}

async function told(member: V2Member, change: () => Promise<string | undefined>): Promise<HttpResponse> {
  try {
    const failure = await change();
    return failure === undefined ? indexAnswer(member) : plainError(500, failure);
  } catch (error) {
    if (!(error instanceof EtcdError)) throw error;
    return plainError(500, error.message);
  }
}

/** The raft index of a change, as a number of seven bits a byte, in eight bytes. */
function indexAnswer(member: V2Member): HttpResponse {
  const body = new Uint8Array(8);
  let rest = member.raftIndex();
  let at = 0;
  for (; rest >= 128 && at < 7; at++) {
    body[at] = (rest % 128) + 128;
    rest = Math.floor(rest / 128);
  }
  body[at] = rest;
  return { status: 200, headers: { "Content-Type": "application/octet-stream" }, body };
}

function wishIn(body: Uint8Array): JoinWish | undefined {
  const { name, raftURL: peerUrl, etcdURL: clientUrl, replaces } = parseFields(body) ?? {};
  if (typeof name !== "string" || name === "" || name.includes("/") || typeof clientUrl !== "string") return undefined;
  if (typeof peerUrl !== "string" || !/^https?:\/\/[^/]+$/.test(peerUrl)) return undefined;
  return { name, peerUrl, clientUrl, replaces: typeof replaces === "string" ? replaces : undefined };
}
