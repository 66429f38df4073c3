// Kafka wire codec: the wire codec made of core's own frames, as real sockets carry them.

import type { Message } from "../../core/environment.js";
import { decodeRequestFrame, decodeResponseFrame, encodeRequest, encodeResponse } from "../../core/protocol/frame.js";
import type { WireCodec } from "./wire-codec.js";

const SIZE_BYTES = 4;

export const kafkaWireCodec: WireCodec = {
  roundTrip(message: Message): Message {
    if (message.kind === "request") return decodeRequestFrame(encodeRequest(message).subarray(SIZE_BYTES));
    const frame = encodeResponse(message).subarray(SIZE_BYTES);
    return decodeResponseFrame(message.apiKey, message.apiVersion, frame);
  },
};
