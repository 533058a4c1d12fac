// Membership changes as traces write them: `v1` makes node 1 a voter, `l2` a learner, `r3` removes it, `u4` updates it.

import { type ConfChangeSingle, ConfChangeType } from "../../conf-change/index.ts";

const letters: Record<string, ConfChangeType> = {
  v: ConfChangeType.addNode,
  l: ConfChangeType.addLearnerNode,
  r: ConfChangeType.removeNode,
  u: ConfChangeType.updateNode,
};

/** Reads changes separated by spaces; returns the text of the error for something else. */
export function parseConfChanges(text: string): ConfChangeSingle[] | string {
  const changes: ConfChangeSingle[] = [];
  if (text.trim() === "") return changes;
  for (const token of text.trim().split(" ")) {
    if (token.length < 2) return `unknown token ${token}`;
    const type = letters[token[0]!];
    if (type === undefined) return `unknown input: ${token}`;
    const id = token.slice(1);
    if (!/^\d+$/.test(id)) return `strconv.ParseUint: parsing ${JSON.stringify(id)}: invalid syntax`;
    changes.push({ type, nodeId: BigInt(id) });
  }
  return changes;
}

/** Writes changes separated by spaces. */
export function formatConfChanges(changes: readonly ConfChangeSingle[]): string {
  const letterOf = (type: ConfChangeType) =>
    Object.keys(letters).find((letter) => letters[letter] === type) ?? "unknown";
  return changes.map(({ type, nodeId }) => `${letterOf(type)}${nodeId}`).join(" ");
}
