// What a golden test checks: bytes made by somebody else are read as they were meant, and written the same.

import { expect } from "vitest";
import type { RequestMessage } from "../../../core/environment.js";
import { APIS, apiKeyOf } from "../../../core/protocol/apis.js";
import type { ApiName } from "../../../core/protocol/apis.js";
import { decodeRequestFrame, encodeRequest } from "../../../core/protocol/frame.js";
import type { MessageSchema } from "../../../core/protocol/schema.js";

export interface Golden {
  readonly api: ApiName;
  readonly version: number;
  readonly clientId: string;
  readonly correlationId: number;
  /** The whole frame, size included. */
  readonly hex: string;
  /** What the peer meant, spelled out from its command line and its documentation. */
  readonly body: object;
}

export function expectSameRequest(golden: Golden): void {
  const schema = APIS[golden.api].request as unknown as MessageSchema;
  const meant: RequestMessage = {
    kind: "request",
    apiKey: apiKeyOf(golden.api),
    apiVersion: golden.version,
    correlationId: golden.correlationId,
    clientId: golden.clientId,
    body: schema.create(golden.body as never),
  };
  expect(decodeRequestFrame(hexBytes(golden.hex).subarray(4))).toEqual(meant);
  expect(Buffer.from(encodeRequest(meant)).toString("hex")).toBe(golden.hex);
}

export function hexBytes(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}
