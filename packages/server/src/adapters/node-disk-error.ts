/** Turns what `node:fs` throws into the port's closed set of errors; the system's own error stays as the cause. */
import { DiskError, type DiskErrorCode, diskErrorCodes } from "../ports/index.ts";

const codes: Readonly<Record<string, DiskErrorCode>> = {
  ENOENT: diskErrorCodes.notFound,
  ENOTDIR: diskErrorCodes.notFound,
  EEXIST: diskErrorCodes.exists,
  EISDIR: diskErrorCodes.exists,
  ENOTEMPTY: diskErrorCodes.exists,
  ENOSPC: diskErrorCodes.noSpace,
  EDQUOT: diskErrorCodes.noSpace,
  EFBIG: diskErrorCodes.noSpace,
  EACCES: diskErrorCodes.denied,
  EPERM: diskErrorCodes.denied,
  EROFS: diskErrorCodes.denied,
};

/** The port's error for a failure of `operation` on `path`. */
export function nodeDiskError(error: unknown, at: { operation: string; path: string }): DiskError {
  if (error instanceof DiskError) return error;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return new DiskError(codes[code ?? ""] ?? diskErrorCodes.io, { ...at, cause: error });
}
