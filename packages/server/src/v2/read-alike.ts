/** Whether a request that went into the log can be applied as it is: whether what others read there is the same in every field. */
import type { Request } from "@etcd-ts/proto";

const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** False where encoding would change a field: texts that are no Unicode, numbers out of the range they are kept in. */
export function isReadAlike(request: Request): boolean {
  const { method, path, val, prevValue, dialect = "" } = request;
  const { prevIndex, since, expiration, time } = request;
  return (
    isCount(prevIndex) &&
    isCount(since) &&
    BigInt.asIntN(64, expiration) === expiration &&
    BigInt.asIntN(64, time) === time &&
    isUnicode(method) &&
    isUnicode(path) &&
    isUnicode(val) &&
    isUnicode(prevValue) &&
    isUnicode(dialect)
  );
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isUnicode(text: string): boolean {
  return !loneSurrogate.test(text);
}
