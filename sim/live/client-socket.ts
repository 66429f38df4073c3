// Client socket: one client's TCP connection on one side, a simulated connection to a broker on the other.
// Bytes become requests, answers become bytes. Whichever side ends, the other ends with it: a broker that crashed
// closes the socket, a socket that closed ends the simulated connection. Bytes that are no request close both, as in
// Kafka, once the requests before them are answered.
// A client that asks faster than it reads is not read from until it has caught up; a broker mutes its sockets likewise.

import type { Socket } from "node:net";
import type { Connection, RequestMessage, ResponseMessage } from "../../core/environment.js";
import { APIS, apiByKey, type RequestBody } from "../../core/protocol/apis.js";
import { MalformedMessageError } from "../../core/protocol/errors.js";
import { decodeRequestFrame, encodeResponse } from "../../core/protocol/frame.js";
import { FrameSplitter } from "../../core/protocol/frame-splitter.js";
import type { Endpoint } from "../../core/types.js";
import type { ExternalPeer } from "../process/cluster.js";
import { advertise, type AdvertisedListeners } from "./advertised-listeners.js";
import type { Pacer } from "./pacer.js";

/** Requests of one connection inside the simulation at a time; those behind them wait at the door. */
const MAX_UNANSWERED = 100;
/** How long a closing socket may take to hand over what was still written to it. */
const LINGER_MS = 1_000;

/** What all sockets of a broker's port share. */
export interface SocketContext {
  /** The broker's listener inside the simulation. */
  readonly target: Endpoint;
  readonly listeners: AdvertisedListeners;
  readonly peer: ExternalPeer;
  readonly pacer: Pacer;
  /** Told of each request, for a log line. */
  readonly onRequest?: ((api: string, clientId: string | null) => void) | undefined;
}

export class ClientSocket {
  readonly #socket: Socket;
  readonly #context: SocketContext;
  readonly #splitter = new FrameSplitter();
  #connection: Connection | undefined;
  /** Frames not yet passed on, in order. */
  #waiting: Uint8Array[] = [];
  #unanswered = 0;
  /** What came next was no request: nothing more is taken. */
  #isDoomed = false;

  constructor(socket: Socket, context: SocketContext) {
    this.#socket = socket;
    this.#context = context;
    socket.on("data", (chunk) => this.#onData(chunk));
    socket.on("drain", () => this.#act(() => this.#passOn()));
    // An error is always followed by "close".
    socket.on("error", () => {});
    socket.on("close", () => this.#act(() => this.#connection?.close()));
    this.#act(() => {
      this.#connection = context.peer.environment.network.connect(context.target, {
        onOpen() {},
        onMessage: (message) => {
          if (message.kind === "response") this.#onResponse(message);
        },
        onClose: () => this.#end(),
      });
    });
  }

  /** Cuts the connection at once. */
  destroy(): void {
    this.#socket.destroy();
  }

  #act(action: () => void): void {
    const { pacer, peer } = this.#context;
    pacer.act(() => peer.act(action));
  }

  #onData(chunk: Buffer): void {
    if (this.#isDoomed) return;
    try {
      this.#splitter.feed(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length), this.#waiting);
      if (this.#waiting.length === 0) return;
    } catch (error) {
      this.#doom(error);
    }
    this.#act(() => this.#passOn());
  }

  #onResponse(message: ResponseMessage): void {
    this.#unanswered--;
    if (this.#socket.writable) this.#socket.write(encodeResponse(advertise(message, this.#context.listeners)));
    if (this.#waiting.length > 0 || this.#isDoomed) this.#passOn();
  }

  /** Sends what waits, as far as the client keeps up. Within the peer's process. */
  #passOn(): void {
    const socket = this.#socket;
    let taken = 0;
    while (taken < this.#waiting.length && this.#unanswered < MAX_UNANSWERED && !socket.writableNeedDrain) {
      const request = this.#decode(this.#waiting[taken]!);
      if (request === undefined) {
        taken = this.#waiting.length;
        break;
      }
      taken++;
      if (expectsAnswer(request)) this.#unanswered++;
      this.#context.onRequest?.(apiByKey(request.apiKey)?.name ?? String(request.apiKey), request.clientId);
      this.#connection?.send(request);
    }
    this.#waiting = this.#waiting.slice(taken);
    if (this.#isDoomed && this.#waiting.length === 0 && this.#unanswered === 0) {
      this.#connection?.close();
      this.#end();
    } else if (this.#waiting.length > 0) socket.pause();
    else if (socket.isPaused()) socket.resume();
  }

  #decode(frame: Uint8Array): RequestMessage | undefined {
    try {
      return decodeRequestFrame(frame);
    } catch (error) {
      this.#doom(error);
      return undefined;
    }
  }

  #doom(error: unknown): void {
    if (!(error instanceof MalformedMessageError)) throw error;
    this.#isDoomed = true;
  }

  /** Closes the socket behind what was written to it. */
  #end(): void {
    if (this.#socket.destroyed) return;
    this.#socket.setTimeout(LINGER_MS, () => this.#socket.destroy());
    this.#socket.destroySoon();
  }
}

/** A producer that wants no acknowledgement gets no response at all. */
function expectsAnswer({ apiKey, body }: RequestMessage): boolean {
  return apiKey !== APIS.Produce.key || (body as RequestBody<"Produce">).acks !== 0;
}
