// The one class of operating errors, and the way back from a text to its key.
import { type EtcdErrorCode, wireErrors } from "./error-table.ts";
import { type GrpcCode, gatewayStatusOf, grpcCodeNames } from "./grpc-codes.ts";

/** What may be added to an error where it is raised. */
export interface EtcdErrorOptions {
  /** Another gRPC code than the table's: Lock and Election send every error as Unknown. */
  readonly grpc?: GrpcCode;
  /** What led to it; never sent. */
  readonly cause?: unknown;
}

/** An operating error of etcd: its key, and what each protocol says about it. `message` is the exact text. */
export class EtcdError extends Error {
  override readonly name = "EtcdError";
  readonly code: EtcdErrorCode;
  readonly grpc: GrpcCode;
  readonly http: number;
  readonly text: string;

  constructor(code: EtcdErrorCode, options: EtcdErrorOptions = {}) {
    const { grpc, text } = wireErrors[code];
    super(text, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.grpc = options.grpc ?? grpc;
    this.http = gatewayStatusOf(this.grpc);
    this.text = text;
  }
}

/** Makes the error of a key. */
export function etcdError(code: EtcdErrorCode, options?: EtcdErrorOptions): EtcdError {
  return new EtcdError(code, options);
}

const codesByText: ReadonlyMap<string, EtcdErrorCode> = new Map(
  (Object.keys(wireErrors) as EtcdErrorCode[]).map((code) => [wireErrors[code].text, code]),
);

/** The key of an exact text; undefined for any other. Codes alone are ambiguous, so clients go by the text. */
export function errorCodeOfText(text: string): EtcdErrorCode | undefined {
  return codesByText.get(text);
}

/** The form in which Go prints a status, as it appears in a watch's `cancel_reason`. */
export function formatStatus(status: { readonly grpc: GrpcCode; readonly text: string }): string {
  return `rpc error: code = ${grpcCodeNames[status.grpc]} desc = ${status.text}`;
}
