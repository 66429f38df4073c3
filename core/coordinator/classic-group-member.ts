// A member of a classic group: one consumer process, as its coordinator knows it.
// It holds the requests of the member that are parked until the group moves on. Only its group changes it.

import type { ResponseBody } from "../protocol/apis.js";
import { EMPTY_BYTES } from "../protocol/schema.js";

/** A way of dealing out partitions that a member offers, with its subscription encoded for it. */
export interface GroupProtocol {
  readonly name: string;
  readonly metadata: Uint8Array;
}

export type JoinReply = (body: ResponseBody<"JoinGroup">) => void;
export type SyncReply = (body: ResponseBody<"SyncGroup">) => void;

/** What does not change in the life of a member id. */
export interface MemberIdentity {
  readonly memberId: string;
  /** Set for static members (KIP-345): a name that outlives the process. */
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly protocolType: string;
}

export class ClassicGroupMember {
  readonly identity: MemberIdentity;
  rebalanceTimeoutMs: number;
  sessionTimeoutMs: number;
  protocols: readonly GroupProtocol[];
  assignment: Uint8Array = EMPTY_BYTES;
  /** True until the first join answer: such a member may expire although its join is parked. */
  isNew = false;
  parkedJoin: JoinReply | undefined;
  parkedSync: SyncReply | undefined;

  constructor(
    identity: MemberIdentity,
    timeouts: { readonly rebalanceTimeoutMs: number; readonly sessionTimeoutMs: number },
    protocols: readonly GroupProtocol[],
  ) {
    this.identity = identity;
    this.rebalanceTimeoutMs = timeouts.rebalanceTimeoutMs;
    this.sessionTimeoutMs = timeouts.sessionTimeoutMs;
    this.protocols = protocols;
  }

  get memberId(): string {
    return this.identity.memberId;
  }

  get isStatic(): boolean {
    return this.identity.groupInstanceId !== null;
  }

  /**
   * Does the member need no heartbeat now? While its request is parked it cannot send one: the broker reads no
   * further from its connection.
   */
  get hasSatisfiedHeartbeat(): boolean {
    return !this.isNew && (this.parkedJoin !== undefined || this.parkedSync !== undefined);
  }

  /** The subscription offered for `protocolName`; empty if the member does not offer that protocol. */
  metadata(protocolName: string | null): Uint8Array {
    return this.protocols.find((protocol) => protocol.name === protocolName)?.metadata ?? EMPTY_BYTES;
  }

  /** The first protocol of this member's preference that is among `candidates`. */
  vote(candidates: ReadonlySet<string>): string | undefined {
    return this.protocols.find((protocol) => candidates.has(protocol.name))?.name;
  }

  /** Are these the protocols, in order and with the metadata, that the member joined with before? */
  offersSame(protocols: readonly GroupProtocol[]): boolean {
    return (
      protocols.length === this.protocols.length &&
      protocols.every((protocol, index) => {
        const own = this.protocols[index]!;
        return own.name === protocol.name && sameBytes(own.metadata, protocol.metadata);
      })
    );
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
