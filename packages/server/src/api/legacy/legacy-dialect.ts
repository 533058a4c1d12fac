/** The releases before 2.0, and what tells them apart beyond the rules of the tree: one line a trait. */
import type { WatchRules } from "../../v2/index.ts";
import type { V2AuthGuard, V2Member } from "../v2/index.ts";

/** A release before 2.0. */
export type LegacyDialect = "0.2" | "0.3" | "0.4";

/** How a release answers. */
export interface LegacyTraits {
  /** What `/version` says. */
  readonly version: string;
  /** HEAD is answered like GET, but without body and mostly without headers. */
  readonly answersHead: boolean;
  /** Answers name the type of events, and of errors, as JSON; before, nobody set it and Go guessed. */
  readonly eventType: string | undefined;
  readonly errorType: string;
  /** Texts and statuses of the time before 0.2 was final. */
  readonly firstTexts: boolean;
  /** Events are flat, without a node inside. */
  readonly flatEvents: boolean;
  /** Booleans are understood in any case, and every value that spells one is made small. */
  readonly foldsBooleans: boolean;
  /** `dir=true`, compare-and-delete and `stream=true` are known. */
  readonly knowsDirectories: boolean;
  /** `quorum=true` is known. */
  readonly knowsQuorum: boolean;
  /** Headers of a watch are sent before there is an event. */
  readonly watchSendsHeaders: boolean;
  /** Failed comparisons tell both halves, whether compared or not. */
  readonly tellsWholeComparison: boolean;
  /** Files without a value show an empty one. */
  readonly showsEmptyValues: boolean;
  /** The event of an updated directory says that it is one. */
  readonly marksUpdatedDirectories: boolean;
  readonly watchRules: WatchRules;
  /** `/v2/peers` and `/v1/peers` are served. */
  readonly servesPeers: boolean;
}

const text = "text/plain; charset=utf-8";
const json = "application/json";

const first: LegacyTraits = {
  version: "etcd v0.2.0-rc1",
  answersHead: false,
  eventType: undefined,
  errorType: text,
  firstTexts: true,
  flatEvents: true,
  foldsBooleans: false,
  knowsDirectories: false,
  knowsQuorum: false,
  watchSendsHeaders: false,
  tellsWholeComparison: true,
  showsEmptyValues: false,
  marksUpdatedDirectories: false,
  watchRules: "0.2",
  servesPeers: false,
};

const third: LegacyTraits = {
  ...first,
  version: "etcd v0.3.0",
  eventType: json,
  firstTexts: false,
  flatEvents: false,
  foldsBooleans: true,
  knowsDirectories: true,
  watchRules: "0.4",
  servesPeers: true,
};

const fourth: LegacyTraits = {
  ...third,
  version: "etcd 0.4.9",
  answersHead: true,
  errorType: json,
  knowsQuorum: true,
  watchSendsHeaders: true,
  tellsWholeComparison: false,
  showsEmptyValues: true,
  marksUpdatedDirectories: true,
};

/** The traits of every release. */
export const legacyTraits: Readonly<Record<LegacyDialect, LegacyTraits>> = {
  "0.2": first,
  "0.3": third,
  "0.4": fourth,
};

/** What handlers of these releases work with. */
export interface LegacyParts {
  readonly member: V2Member;
  /** These releases knew no users; but what is forbidden on one listener is forbidden on all. */
  readonly guard: V2AuthGuard;
  readonly dialect: LegacyDialect;
  readonly traits: LegacyTraits;
}

/** The type Go guesses for text. */
export const guessedType = text;
