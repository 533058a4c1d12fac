// The error that malformed protobuf bytes end in, and the texts etcd answers with.
//
// A gRPC server answers it with code 13, behind `grpc: error unmarshalling request: ` for unary calls and behind
// `grpc: failed to unmarshal the received message ` on streams, so clients can see it. The texts are those of the generated Go
// codecs of etcd up to 3.6, as recorded from 3.4.23. Three texts are ours, for limits Go does not have: the nesting of messages,
// their number in one decode, and raft integers beyond 2^53-1. Invalid UTF-8 has the text of 3.7, the first to refuse it.

/** Bytes that are not the message they should be. The message text is what etcd's own codec says. */
export class DecodeError extends Error {
  override readonly name = "DecodeError";
}

/** Input ends inside a field. */
export function unexpectedEof(): DecodeError {
  return new DecodeError("unexpected EOF");
}

/** A varint of more than ten bytes. */
export function integerOverflow(): DecodeError {
  return new DecodeError("proto: integer overflow");
}

/** A length whose 64-bit value is below zero. */
export function negativeLength(): DecodeError {
  return new DecodeError("proto: negative length found during unmarshaling");
}

/** One of the two wire types that do not exist. */
export function illegalWireType(wireType: number): DecodeError {
  return new DecodeError(`proto: illegal wireType ${wireType}`);
}
