import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  ALL_APIS,
  advertisedLowestVersion,
  apiByKey,
  apiKeyOf,
  isVersionSupported,
  latestVersion,
  requestHeaderVersion,
  responseHeaderVersion,
} from "../../../core/protocol/apis.js";
import { FrameSplitter, MAX_FRAME_BYTES } from "../../../core/protocol/frame-splitter.js";
import { decodeRequestFrame, decodeResponseFrame, encodeResponse } from "../../../core/protocol/frame.js";
import { ApiVersionsResponse } from "../../../core/protocol/messages/api-versions.js";

const requestHead = (apiKey: number, version: number): Uint8Array =>
  // correlation id 7, client id "c", no tagged fields
  Uint8Array.of(0, apiKey, 0, version, 0, 0, 0, 7, 0, 1, 0x63, 0);

test("splitter: frames come out whole and in order however the stream is cut", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 30 })), fc.array(fc.nat(12)), (frames, cuts) => {
      const stream = frames.flatMap((frame) => [0, 0, 0, frame.length, ...frame]);
      const splitter = new FrameSplitter();
      const seen: number[][] = [];
      for (let at = 0, i = 0; at < stream.length; i++) {
        const size = (cuts[i % Math.max(cuts.length, 1)] ?? 3) + 1;
        for (const frame of splitter.feed(Uint8Array.from(stream.slice(at, at + size)))) seen.push([...frame]);
        at += size;
      }
      expect(seen).toEqual(frames.map((frame) => [...frame]));
    }),
  );
});

test("splitter: a negative size and one above socket.request.max.bytes are malformed", () => {
  expect(MAX_FRAME_BYTES).toBe(104857600);
  expect(() => new FrameSplitter().feed(Uint8Array.of(0xff, 0xff, 0xff, 0xff))).toThrow("a frame of -1 bytes");
  expect(() => new FrameSplitter().feed(Uint8Array.of(0x06, 0x40, 0, 1))).toThrow("a frame of 104857601 bytes");
  expect(new FrameSplitter().feed(Uint8Array.of(0x06, 0x40, 0, 0))).toEqual([]);
});

test("ApiVersions in a version from the future is handed to the broker, not refused (KIP-511)", () => {
  expect(decodeRequestFrame(requestHead(18, 99))).toMatchObject({
    apiKey: 18,
    apiVersion: 99,
    correlationId: 7,
    clientId: "c",
  });
});

test("any other API in a version we do not serve, or an unknown API, is malformed", () => {
  expect(() => decodeRequestFrame(requestHead(3, 99))).toThrow("Metadata version 99 is not served");
  expect(() => decodeRequestFrame(requestHead(0, 2))).toThrow("Produce version 2 is not served");
  expect(() => decodeRequestFrame(requestHead(99, 0))).toThrow("API 99 is unknown");
});

test("an ApiVersions refusal in version 0 is understood whatever version was asked", () => {
  const body = ApiVersionsResponse.create({
    errorCode: 35,
    apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 2 }],
  });
  const frame = encodeResponse({ kind: "response", apiKey: 18, apiVersion: 0, correlationId: 5, body });
  expect([...frame.subarray(4)]).toEqual([0, 0, 0, 5, 0, 35, 0, 0, 0, 1, 0, 18, 0, 0, 0, 2]);
  for (const asked of [0, 1, 3, 4]) {
    expect(decodeResponseFrame(18, asked, frame.subarray(4))).toMatchObject({ apiVersion: 0, body });
  }
});

test("header versions: flexible requests have v2 and their responses v1, except for ApiVersions responses", () => {
  const metadata = apiByKey(3)!;
  expect([requestHeaderVersion(metadata, 8), responseHeaderVersion(metadata, 8)]).toEqual([1, 0]);
  expect([requestHeaderVersion(metadata, 9), responseHeaderVersion(metadata, 9)]).toEqual([2, 1]);
  const apiVersions = apiByKey(18)!;
  expect([requestHeaderVersion(apiVersions, 3), responseHeaderVersion(apiVersions, 3)]).toEqual([2, 0]);
  expect(requestHeaderVersion(apiByKey(17)!, 1)).toBe(1);
});

test("versions are those of a Kafka 4.0 broker, and Produce is advertised from 0 (KAFKA-18659)", () => {
  expect([apiKeyOf("Fetch"), latestVersion("Fetch")]).toEqual([1, 17]);
  expect(latestVersion("Produce")).toBe(12);
  expect(advertisedLowestVersion(apiByKey(0)!)).toBe(0);
  expect(advertisedLowestVersion(apiByKey(1)!)).toBe(4);
  expect([isVersionSupported(0, 2), isVersionSupported(0, 3), isVersionSupported(0, 13)]).toEqual([false, true, false]);
  const keys = ALL_APIS.map((api) => api.key);
  expect(keys).toEqual([...keys].sort((a, b) => a - b));
});
