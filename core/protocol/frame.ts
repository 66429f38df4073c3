// Frames: how a message travels over a byte stream: int32 size, header, body.
// Only hosts with real bytes need them (real sockets, and simulated hops in `wire: "encoded"` runs); nodes themselves
// exchange typed bodies. Malformed bytes throw MalformedMessageError, on which a host closes the connection.

import type { RequestMessage, ResponseMessage } from "../environment.js";
import { assert } from "../assert.js";
import { Errors } from "../errors.js";
import { APIS, apiByKey, isVersionSupported, requestHeaderVersion, responseHeaderVersion } from "./apis.js";
import type { Api } from "./apis.js";
import { ByteReader, ByteWriter } from "./bytes.js";
import { MalformedMessageError } from "./errors.js";
import { RequestHeader, ResponseHeader } from "./messages/headers.js";

const SIZE_BYTES = 4;
const WRITER = new ByteWriter();

/** A request as it goes into the stream, size included. The version must be one of ours. */
export function encodeRequest(message: RequestMessage): Uint8Array {
  const api = apiOf(message.apiKey);
  const { apiKey, apiVersion, correlationId, clientId, body } = message;
  const header = { requestApiKey: apiKey, requestApiVersion: apiVersion, correlationId, clientId };
  WRITER.reset();
  WRITER.int32(0);
  RequestHeader.encode(WRITER, header, requestHeaderVersion(api, apiVersion));
  api.request.encode(WRITER, body as Record<string, unknown>, apiVersion);
  return finishFrame();
}

/** A response as it goes into the stream, size included. `apiVersion` is that of its body. */
export function encodeResponse(message: ResponseMessage): Uint8Array {
  const api = apiOf(message.apiKey);
  WRITER.reset();
  WRITER.int32(0);
  ResponseHeader.encode(
    WRITER,
    { correlationId: message.correlationId },
    responseHeaderVersion(api, message.apiVersion),
  );
  api.response.encode(WRITER, message.body as Record<string, unknown>, message.apiVersion);
  return finishFrame();
}

/**
 * Reads a request from a frame without its size.
 *
 * An ApiVersions request in a version we do not know comes back with that version and a default body: the broker must
 * answer it in version 0 with UNSUPPORTED_VERSION instead of closing the connection (KIP-511).
 * @throws MalformedMessageError on bad bytes, and on an API or version we do not serve
 */
export function decodeRequestFrame(frame: Uint8Array): RequestMessage {
  const reader = new ByteReader(frame);
  const apiKey = reader.int16();
  const apiVersion = reader.int16();
  const api = apiByKey(apiKey);
  if (api === undefined) throw new MalformedMessageError(`API ${apiKey} is unknown`);
  const isSupported = isVersionSupported(apiKey, apiVersion);
  if (!isSupported && apiKey !== APIS.ApiVersions.key) {
    throw new MalformedMessageError(`${api.name} version ${apiVersion} is not served`);
  }
  const whole = new ByteReader(frame);
  const { correlationId, clientId } = RequestHeader.decode(whole, requestHeaderVersion(api, apiVersion));
  const body = isSupported ? api.request.decode(whole, apiVersion) : api.request.create();
  return { kind: "request", apiKey, apiVersion, correlationId, clientId, body };
}

/**
 * Reads the response to a request we sent, from a frame without its size.
 *
 * A broker that does not know our version of ApiVersions answers in version 0, which shows in the error code alone.
 * @throws MalformedMessageError
 */
export function decodeResponseFrame(apiKey: number, apiVersion: number, frame: Uint8Array): ResponseMessage {
  const api = apiOf(apiKey);
  const reader = new ByteReader(frame);
  const { correlationId } = ResponseHeader.decode(reader, responseHeaderVersion(api, apiVersion));
  const isVersionRefused =
    apiKey === APIS.ApiVersions.key && new ByteReader(frame, reader.position).int16() === Errors.UNSUPPORTED_VERSION;
  const bodyVersion = isVersionRefused ? 0 : apiVersion;
  const body = api.response.decode(reader, bodyVersion);
  return { kind: "response", apiKey, apiVersion: bodyVersion, correlationId, body };
}

function apiOf(apiKey: number): Api {
  const api = apiByKey(apiKey);
  assert(api !== undefined, "messages are made for APIs of the table");
  return api;
}

function finishFrame(): Uint8Array {
  WRITER.patchInt32(0, WRITER.position - SIZE_BYTES);
  return WRITER.toBytes();
}
