import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { RequestMessage, ResponseMessage } from "../../../core/environment.js";
import { ALL_APIS } from "../../../core/protocol/apis.js";
import { ByteReader, ByteWriter } from "../../../core/protocol/bytes.js";
import {
  decodeRequestFrame,
  decodeResponseFrame,
  encodeRequest,
  encodeResponse,
} from "../../../core/protocol/frame.js";
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
} from "../../../core/protocol/messages/consumer-protocol.js";
import {
  GroupMetadataKey,
  GroupMetadataValue,
  OffsetCommitKey,
  OffsetCommitValue,
} from "../../../core/protocol/messages/group-records.js";
import {
  METADATA_RECORDS,
  decodeMetadataRecord,
  encodeMetadataRecord,
} from "../../../core/protocol/messages/metadata-records.js";
import type { MetadataRecord, MetadataRecordType } from "../../../core/protocol/messages/metadata-records.js";
import { QuorumStateData } from "../../../core/protocol/messages/quorum-state-data.js";
import {
  KRaftVersionRecord,
  LeaderChangeMessage,
  SnapshotFooterRecord,
  SnapshotHeaderRecord,
  VotersRecord,
} from "../../../core/protocol/messages/raft-control-records.js";
import type { MessageSchema } from "../../../core/protocol/schema.js";
import { decodeVersioned, encodeVersioned } from "../../../core/protocol/versioned.js";
import { arbitraryBody } from "./arbitrary-body.js";

const RUNS = { numRuns: 40 };

function versionsOf(schema: MessageSchema): number[] {
  const [lowest, highest] = schema.versions;
  return Array.from({ length: highest - lowest + 1 }, (_, i) => lowest + i);
}

function roundTrip(schema: MessageSchema, version: number): void {
  const writer = new ByteWriter(1);
  fc.assert(
    fc.property(arbitraryBody(schema, version), (body) => {
      writer.reset();
      schema.encode(writer, body, version);
      const reader = new ByteReader(writer.toBytes());
      expect(schema.decode(reader, version)).toEqual(body);
      expect(reader.remaining).toBe(0);
    }),
    RUNS,
  );
}

for (const api of ALL_APIS) {
  test(`${api.name}: every version of request and response survives encoding and decoding`, () => {
    expect(versionsOf(api.response)).toEqual(versionsOf(api.request));
    for (const version of versionsOf(api.request)) {
      roundTrip(api.request, version);
      roundTrip(api.response, version);
    }
  });
}

test("frames: every API and version survives with its headers", () => {
  for (const { key, request, response, name } of ALL_APIS) {
    for (const apiVersion of versionsOf(request)) {
      fc.assert(
        fc.property(
          arbitraryBody(request, apiVersion),
          arbitraryBody(response, apiVersion),
          fc.option(fc.string({ maxLength: 5 }), { nil: null }),
          fc.nat(),
          (body, answer, clientId, correlationId) => {
            const sent: RequestMessage = { kind: "request", apiKey: key, apiVersion, correlationId, clientId, body };
            expect(decodeRequestFrame(encodeRequest(sent).subarray(4))).toEqual(sent);
            // UNSUPPORTED_VERSION in an ApiVersions response means that the body is in version 0.
            if (name === "ApiVersions" && answer["errorCode"] === 35) return;
            const back: ResponseMessage = { kind: "response", apiKey: key, apiVersion, correlationId, body: answer };
            expect(decodeResponseFrame(key, apiVersion, encodeResponse(back).subarray(4))).toEqual(back);
          },
        ),
        { numRuns: 5 },
      );
    }
  }
});

test("metadata records: every type and version survives its frame", () => {
  for (const type of Object.keys(METADATA_RECORDS) as MetadataRecordType[]) {
    const schema = METADATA_RECORDS[type] as unknown as MessageSchema;
    for (const version of versionsOf(schema)) {
      fc.assert(
        fc.property(arbitraryBody(schema, version), (body) => {
          const record = { type, version, body } as unknown as MetadataRecord;
          expect(decodeMetadataRecord(encodeMetadataRecord(record))).toEqual(record);
        }),
        RUNS,
      );
    }
  }
});

test("stored messages: every version survives behind its int16", () => {
  const stored = [
    OffsetCommitKey,
    OffsetCommitValue,
    GroupMetadataKey,
    GroupMetadataValue,
    ConsumerProtocolSubscription,
    ConsumerProtocolAssignment,
  ] as unknown as MessageSchema[];
  for (const schema of stored) {
    for (const version of versionsOf(schema)) {
      fc.assert(
        fc.property(arbitraryBody(schema, version), (body) => {
          expect(decodeVersioned(schema, encodeVersioned(schema, body, version))).toEqual(body);
        }),
        RUNS,
      );
    }
  }
});

test("the quorum's own records survive in every version", () => {
  const schemas = [
    LeaderChangeMessage,
    SnapshotHeaderRecord,
    SnapshotFooterRecord,
    KRaftVersionRecord,
    VotersRecord,
    QuorumStateData,
  ] as unknown as MessageSchema[];
  for (const schema of schemas) for (const version of versionsOf(schema)) roundTrip(schema, version);
});

test("truncated input never decodes and never fails otherwise than as malformed", () => {
  for (const api of ALL_APIS) {
    const version = api.highestVersion;
    fc.assert(
      fc.property(arbitraryBody(api.request, version), fc.double({ min: 0, max: 0.999 }), (body, share) => {
        const writer = new ByteWriter();
        api.request.encode(writer, body, version);
        const bytes = writer.toBytes();
        if (bytes.length === 0) return;
        const cut = bytes.subarray(0, Math.floor(bytes.length * share));
        expect(() => api.request.decode(new ByteReader(cut), version)).toThrow(
          expect.objectContaining({ name: "MalformedMessageError" }),
        );
      }),
      { numRuns: 20 },
    );
  }
});

test("garbage decodes or is malformed, nothing else", () => {
  for (const api of ALL_APIS) {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (garbage) => {
        try {
          api.response.decode(new ByteReader(garbage), api.highestVersion);
        } catch (error) {
          expect((error as Error).name).toBe("MalformedMessageError");
        }
      }),
      { numRuns: 50 },
    );
  }
});
