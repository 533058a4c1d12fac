/**
 * A transaction without changes is not proposed: it is a read, evaluated here when this member has caught up. What is short is
 * answered at once; of anything longer one slice is read a turn, so that neither writes nor heartbeats wait behind it.
 */
import { etcdError, raw, type TxnRequest } from "@etcd-ts/proto";
import type { UnaryCall } from "@etcd-ts/wire";
import type { Member } from "../../member/index.ts";
import { isFailure, TxnReading } from "../../mvcc/index.ts";
import type { LongReads, Place } from "./long-reads.ts";
import { failCall, guard, type V3Router } from "./unary.ts";

/** Work of the first turn. */
const firstSlice = { bytesMax: 1024 * 1024, keysMax: 2048 } as const;
/** Work of every later one: about a millisecond. */
const slice = { bytesMax: 512 * 1024, keysMax: 512 } as const;

/** A call of Txn, and what it works with. */
export interface ReadTxnParts {
  readonly router: V3Router;
  readonly member: Member;
  readonly reads: LongReads;
  readonly call: UnaryCall;
}

/** Answers a transaction that only reads. */
export function readTxn(parts: ReadTxnParts, request: TxnRequest): void {
  const { router, member, call } = parts;
  const evaluate = () => guard(router, call, () => begin(parts, request));
  if (isSerializable(request)) return evaluate();
  member.linearizableRead((error) => (error === undefined ? evaluate() : failCall(router, call, error)));
}

function isSerializable(request: TxnRequest): boolean {
  return [...request.success, ...request.failure].every(({ requestRange }) => requestRange?.serializable === true);
}

function begin(parts: ReadTxnParts, request: TxnRequest): void {
  const reading = open(parts, request);
  if (!isContinued(reading, firstSlice)) answer(parts, reading);
  else if (parts.call.cancelled) reading.close();
  else new LongTxn(parts, request).start(reading);
}

function open({ member }: ReadTxnParts, request: TxnRequest): TxnReading {
  const reading = TxnReading.open(member.store, request);
  if (isFailure(reading)) throw etcdError(reading.error);
  return reading;
}

/** Reads a slice; whether there is more to read. Whatever it throws, the reading is closed then. */
function isContinued(reading: TxnReading, budget: typeof firstSlice | typeof slice): boolean {
  let failed = true;
  try {
    const refusal = reading.step(budget);
    if (refusal !== undefined) throw etcdError(refusal.error);
    failed = false;
  } finally {
    if (failed) reading.close();
  }
  return !reading.done;
}

function answer({ member, call }: ReadTxnParts, reading: TxnReading): void {
  const response = reading.response();
  response.header = member.header(response.header?.revision ?? 0);
  call.reply(raw.TxnResponseRaw.encode(response));
}

/** One that takes several turns. It holds its whole answer, so few are under way; who waits is read as it is then. */
class LongTxn {
  readonly #parts: ReadTxnParts;
  readonly #request: TxnRequest;
  #reading: TxnReading | undefined;
  #place: Place | undefined;
  #isOver = false;

  constructor(parts: ReadTxnParts, request: TxnRequest) {
    this.#parts = parts;
    this.#request = request;
  }

  /** Throws when too many wait already. */
  start(reading: TxnReading): void {
    const { reads, call } = this.#parts;
    call.onCancel(() => this.#end());
    if (reads.transactions.hasRoom) this.#reading = reading;
    else reading.close();
    this.#place = reads.transactions.take(() => this.#next());
  }

  #next(): void {
    const { router, reads, call } = this.#parts;
    reads.inTurn(() => {
      if (this.#isOver) return;
      let goesOn = false;
      guard(router, call, () => {
        this.#reading ??= open(this.#parts, this.#request);
        goesOn = isContinued(this.#reading, slice);
        if (!goesOn) answer(this.#parts, this.#reading);
      });
      if (goesOn) this.#next();
      else this.#end();
    });
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reading?.close();
    this.#place?.release();
  }
}
