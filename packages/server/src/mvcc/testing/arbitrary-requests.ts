/** Random requests over a handful of keys, so that most of them meet. */
import {
  Compare,
  CompareResult,
  CompareTarget,
  DeleteRangeRequest,
  PutRequest,
  RangeRequest,
  RequestOp,
  SortOrder,
  SortTarget,
  TxnRequest,
} from "@etcd-ts/proto";
import fc from "fast-check";

const bytes = (text: string) => new TextEncoder().encode(text);
const keys = ["a", "a/", "a/1", "a/2", "a\0", "b", "b/x", "c", "zz"].map(bytes);
const key = fc.constantFrom(...keys);
const value = fc.oneof(
  fc.constant(new Uint8Array(0)),
  fc.nat(5).map((n) => bytes(`v${n}`)),
  fc.uint8Array({ maxLength: 40 }),
);
const NONE = new Uint8Array(0);
const FROM_KEY = Uint8Array.of(0);
const span = fc.oneof(
  key.map((k) => ({ key: k, rangeEnd: NONE })),
  fc.record({ key, rangeEnd: key }),
  key.map((k) => ({ key: k, rangeEnd: FROM_KEY })),
  fc.constant({ key: FROM_KEY, rangeEnd: FROM_KEY }),
);
/** Revisions back from the current one; negative is in the future. Requests carry them until they are run. */
const back = fc.oneof({ weight: 4, arbitrary: fc.nat(12) }, { weight: 1, arbitrary: fc.integer({ min: -2, max: -1 }) });
const maybe = <T>(arbitrary: fc.Arbitrary<T>, otherwise: T) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(otherwise) }, { weight: 1, arbitrary });
const sometimes = fc.integer({ min: 0, max: 4 }).map((n) => n === 0);

/** Fills in a revision counted back from the current one; 0 stays 0. */
export type AtRevision<T> = (current: number) => T;

const revision = maybe(
  back.map((n) => (current: number) => Math.max(1, current - n)),
  () => 0,
);

/** Range requests of every kind. */
export const arbitraryRange: fc.Arbitrary<AtRevision<RangeRequest>> = fc
  .record({
    span,
    limit: maybe(fc.integer({ min: -1, max: 6 }), 0),
    revision,
    sortOrder: maybe(fc.constantFrom(...Object.values(SortOrder)), SortOrder.NONE),
    sortTarget: maybe(fc.constantFrom(...Object.values(SortTarget)), SortTarget.KEY),
    keysOnly: sometimes,
    countOnly: sometimes,
    minModRevision: revision,
    maxModRevision: revision,
    minCreateRevision: revision,
    maxCreateRevision: revision,
  })
  .map((parts) => (current) => {
    const {
      span: interval,
      revision: at,
      minModRevision,
      maxModRevision,
      minCreateRevision,
      maxCreateRevision,
    } = parts;
    return RangeRequest.create({
      ...interval,
      limit: parts.limit,
      sortOrder: parts.sortOrder,
      sortTarget: parts.sortTarget,
      keysOnly: parts.keysOnly,
      countOnly: parts.countOnly,
      revision: at(current),
      minModRevision: minModRevision(current),
      maxModRevision: maxModRevision(current),
      minCreateRevision: minCreateRevision(current),
      maxCreateRevision: maxCreateRevision(current),
    });
  });

/** Puts that pass the checks made before proposing. */
export const arbitraryPut: fc.Arbitrary<PutRequest> = fc
  .record({ key, value, lease: maybe(fc.bigInt({ min: 1n, max: 4n }), 0n), prevKv: fc.boolean(), ignore: fc.nat(12) })
  .map(({ ignore, ...put }) =>
    PutRequest.create({
      ...put,
      ignoreValue: ignore === 0,
      ignoreLease: ignore === 1,
      ...(ignore === 0 ? { value: NONE } : {}),
      ...(ignore === 1 ? { lease: 0n } : {}),
    }),
  );

/** Deletes of keys and intervals. */
export const arbitraryDelete: fc.Arbitrary<DeleteRangeRequest> = fc
  .record({ span, prevKv: fc.boolean() })
  .map(({ span: interval, prevKv }) => DeleteRangeRequest.create({ ...interval, prevKv }));

const arbitraryCompare: fc.Arbitrary<AtRevision<Compare>> = fc
  .record({
    span: fc.oneof(
      { weight: 3, arbitrary: key.map((k) => ({ key: k, rangeEnd: NONE })) },
      { weight: 1, arbitrary: span },
    ),
    target: fc.constantFrom(...Object.values(CompareTarget)),
    result: fc.constantFrom(...Object.values(CompareResult)),
    version: fc.nat(3),
    revision,
    value,
    lease: fc.bigInt({ min: 0n, max: 3n }),
    unset: sometimes,
  })
  .map((parts) => (current) => {
    const { target, result, unset } = parts;
    const common = { ...parts.span, target, result };
    if (unset) return Compare.create(common);
    if (target === CompareTarget.VERSION) return Compare.create({ ...common, version: parts.version });
    if (target === CompareTarget.CREATE) return Compare.create({ ...common, createRevision: parts.revision(current) });
    if (target === CompareTarget.MOD) return Compare.create({ ...common, modRevision: parts.revision(current) });
    if (target === CompareTarget.VALUE) return Compare.create({ ...common, value: parts.value });
    return Compare.create({ ...common, lease: parts.lease });
  });

/** Transactions, nested ones too; what they write may overlap. */
export const arbitraryTxn: fc.Arbitrary<AtRevision<TxnRequest>> = fc.letrec<{ txn: AtRevision<TxnRequest> }>((tie) => {
  const operation: fc.Arbitrary<AtRevision<RequestOp>> = fc.oneof(
    { maxDepth: 3 },
    arbitraryPut.map((requestPut) => () => RequestOp.create({ requestPut })),
    arbitraryRange.map((range) => (current: number) => RequestOp.create({ requestRange: range(current) })),
    arbitraryDelete.map((requestDeleteRange) => () => RequestOp.create({ requestDeleteRange })),
    tie("txn").map((txn) => (current: number) => RequestOp.create({ requestTxn: txn(current) })),
  );
  const operations = fc.array(operation, { maxLength: 4 });
  return {
    txn: fc
      .record({ compare: fc.array(arbitraryCompare, { maxLength: 2 }), success: operations, failure: operations })
      .map(
        ({ compare, success, failure }) =>
          (current) =>
            TxnRequest.create({
              compare: compare.map((make) => make(current)),
              success: success.map((make) => make(current)),
              failure: failure.map((make) => make(current)),
            }),
      ),
  };
}).txn;
