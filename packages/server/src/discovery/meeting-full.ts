/** What a member is told that comes to a meeting when enough have come before it. */

/** etcd's words for it. */
export const clusterFullText = "discovery: cluster is full";
