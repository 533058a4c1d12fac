/** The dashboard as a plain page: the members of the cluster and what this one has counted, as of now. */
import type { HttpResponse } from "../../ports/index.ts";
import { type ClusterMember, escapeHtml, type V2Member } from "../v2/index.ts";

/** The page. */
export function dashboardPage(member: V2Member): HttpResponse {
  const machines = member
    .members()
    .map((one) => machineRow(one, member))
    .join("");
  const counts = Object.entries(member.storeStats())
    .map(([name, count]) => `<tr><td>${name}</td><td>${count}</td></tr>`)
    .join("");
  const body = `<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>etcd dashboard</title><meta http-equiv="refresh" content="5"></head>
<body><h1>etcd</h1>
<h2>Machines</h2>
<table><tr><th>name</th><th>state</th><th>client</th><th>peer</th></tr>${machines}</table>
<h2>Store</h2>
<p>etcd index ${member.index()}, raft index ${member.raftIndex()}, raft term ${member.raftTerm()}</p>
<table>${counts}</table>
</body></html>
`;
  return { status: 200, headers: { "Content-Type": "text/html; charset=utf-8" }, body };
}

function machineRow({ id, name, clientUrls, peerUrls }: ClusterMember, member: V2Member): string {
  const state = id === member.leaderId() ? "leader" : "follower";
  const cells = [name, state, clientUrls.join(", "), peerUrls.join(", ")];
  return `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join("")}</tr>`;
}
