// Traces of quorum arithmetic: what a majority, or two, have committed or voted for.

import {
  committedIndex,
  jointCommittedIndex,
  jointVoteResult,
  type VoteResult,
  voteResult,
} from "../../quorum/index.ts";
import { parseCount } from "./arguments.ts";
import type { TraceCase } from "./trace-file.ts";

interface QuorumCase {
  incoming: number[];
  /** Undefined for a plain majority. */
  outgoing: number[] | undefined;
  /** What each voter said; nothing for a voter that said nothing. */
  said: Map<number, string>;
}

const resultNames: Record<VoteResult, string> = { pending: "VotePending", lost: "VoteLost", won: "VoteWon" };

/** Runs one case and returns what it prints. */
export function quorumTrace(of: TraceCase): string {
  const input = valuesOf(of, of.command === "vote" ? "votes" : "idx");
  const incoming = valuesOf(of, "cfg").map(parseCount);
  const outgoing = parseOutgoing(of);
  const voters = [...new Set([...incoming, ...(outgoing ?? [])])];
  if (voters.length !== input.length) return mismatch(voters, { input, isVote: of.command === "vote" });
  const said = new Map(voters.map((id, i) => [id, input[i]!] as const).filter(([, text]) => text !== "_"));
  if (of.command === "vote") return vote({ incoming, outgoing, said });
  if (of.command === "committed") return committed({ incoming, outgoing, said });
  return "unknown command";
}

function parseOutgoing(of: TraceCase): number[] | undefined {
  if (!of.args.some(({ key }) => key === "cfgj")) return undefined;
  const values = valuesOf(of, "cfgj");
  return values[0] === "zero" ? [] : values.map(parseCount);
}

function valuesOf({ args }: TraceCase, key: string): string[] {
  return args.filter((arg) => arg.key === key).flatMap(({ values }) => values);
}

function mismatch(voters: readonly number[], { input, isVote }: { input: readonly string[]; isVote: boolean }): string {
  const ids = [...voters].sort((a, b) => a - b).map((id) => `${id}:{}`);
  const numbers = input.map((text) => (text === "_" ? "0" : isVote ? (text === "y" ? "2" : "1") : text));
  return `error: mismatched input (explicit or _) for voters map[${ids.join(" ")}]: [${numbers.join(" ")}]`;
}

function vote({ incoming, outgoing, said }: QuorumCase): string {
  const resultOf = (voters: readonly number[]) =>
    voteResult({
      voters: new Set(voters).size,
      granted: voters.filter((id) => said.get(id) === "y").length,
      rejected: voters.filter((id) => said.get(id) === "n").length,
    });
  const result = outgoing === undefined ? resultOf(incoming) : jointVoteResult(resultOf(incoming), resultOf(outgoing));
  return resultNames[result];
}

function committed({ incoming, outgoing, said }: QuorumCase): string {
  const indexOf = (id: number) => Number(said.get(id) ?? 0);
  const index =
    outgoing === undefined
      ? committedIndex(incoming.map(indexOf))
      : jointCommittedIndex(incoming.map(indexOf), outgoing.map(indexOf));
  return barChart([...incoming, ...(outgoing ?? [])], said) + (index === Number.POSITIVE_INFINITY ? "∞" : index);
}

/** Draws one bar per voter, as long as the number of voters that are behind it. */
function barChart(voters: readonly number[], said: ReadonlyMap<number, string>): string {
  const ids = [...new Set(voters)].sort((a, b) => a - b);
  if (ids.length === 0) return "<empty majority quorum>";
  const indexes = ids.map((id) => Number(said.get(id) ?? 0));
  const lines = ids.map((id, i) => {
    const behind = indexes.filter((index) => index < indexes[i]!).length;
    const bar = said.has(id)
      ? `${"x".repeat(behind)}>${" ".repeat(ids.length - behind)}`
      : `?${" ".repeat(ids.length)}`;
    return `${bar} ${String(indexes[i]).padStart(5)}    (id=${id.toString(16)})\n`;
  });
  return `${" ".repeat(ids.length)}    idx\n${lines.join("")}`;
}
