// Malformed input: bytes that are no Kafka message.
// It is an exception, not an error code, because a peer that breaks the framing cannot be answered: nobody knows
// where its next message starts. The host's only cure is to close the connection. Only decoders throw it.

/** Thrown by every decoder on input that breaks the protocol; a host turns it into a closed connection. */
export class MalformedMessageError extends Error {
  override readonly name = "MalformedMessageError";
}
