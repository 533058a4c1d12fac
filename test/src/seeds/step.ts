/**
 * What the tables of this folder are made of: a document is a list of chapters, a chapter starts servers and goes through
 * steps, in the document's order. A command stands here as it is written there, and is run by a shell as it stands.
 */

/** A JSON value, as a document prints it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** What a command must print and how it must end. */
export interface Answer {
  /** HTTP status of the last response; default: none is looked at. */
  readonly status?: number;
  /** Headers of the last response. */
  readonly headers?: Readonly<Record<string, string | RegExp>>;
  /** The whole body: see `compareJson` for what may differ from the document. */
  readonly json?: Json;
  /** A body with the same fields of the same types; the values are an example. */
  readonly shape?: Json;
  /** The whole body as text, white space at its end aside, or what it must match. */
  readonly text?: string | RegExp;
  /** What curl says about the connection. */
  readonly stderr?: RegExp;
  /** How curl ends; default: content. */
  readonly exit?: "failing" | "either way";
}

/** Runs a command to its end. */
export interface Run extends Answer {
  readonly run: string;
  /** Sent to a member of this role instead of the one that the command names. */
  readonly at?: "leader" | "follower";
  /** Repeats the command until it answers so; for what comes about by itself. */
  readonly withinMs?: number;
  /** Why the answer is not what the document prints. */
  readonly remark?: string;
}

/** Runs a command "in one terminal" while the next ones run in another; goes on when the server has the watcher. */
export interface Watch {
  readonly watch: string;
  readonly as: string;
}

/** What the command in the other terminal printed when it ended. */
export interface Returns extends Answer {
  readonly returns: string;
  readonly remark?: string;
}

/** Starts a server and goes on when it answers. */
export interface Start {
  readonly start: string;
  readonly as: string;
  /** It answers only when the next one is there too: goes on at once. */
  readonly needsNext?: boolean;
  /** Address for clients, as far as a scheme and port. */
  readonly url: string;
}

/** Ends a server: by its name, or whichever leads. */
export interface Kill {
  readonly kill: string;
  readonly signal: "SIGINT" | "SIGKILL";
}

/** What the document supposes to be there already: commands that must work. */
export interface Given {
  readonly given: string;
}

/** Steps of what is supposed. */
export function given(...commands: readonly string[]): Given[] {
  return commands.map((command) => ({ given: command }));
}

/** Makes hidden changes until the next one has this index, so that the numbers of the document are those of the server. */
export interface Index {
  readonly index: number;
}

/** One line of a table. */
export type Step = Run | Watch | Returns | Start | Kill | Given | Index;

/** Steps that share a folder and its servers; every chapter begins in an empty folder. */
export interface Chapter {
  readonly title: string;
  /** Flags that the document's program had no need of, being that release. */
  readonly flags?: readonly string[];
  /** Added to every index in the document: releases differ in what they write before the first request. */
  readonly shift?: number;
  /** Puts the certificates of the document's `fixtures/ca` in place. */
  readonly hasCertificates?: boolean;
  readonly steps: readonly Step[];
}

/** A document with its name. */
export interface Seed {
  readonly name: string;
  readonly chapters: readonly Chapter[];
}
