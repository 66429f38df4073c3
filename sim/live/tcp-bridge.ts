// TCP bridge: real sockets on one side, a simulated connection to a broker on the other.
// One bridge serves one broker's port. A malformed frame closes the socket, as a broker would; a simulated connection
// that breaks (the broker crashed) closes it too, and a socket that closes ends the simulated connection.

import { createServer, type Server, type Socket } from "node:net";
import type { Connection } from "../../core/environment.js";
import { MalformedMessageError } from "../../core/protocol/errors.js";
import { decodeRequestFrame, encodeResponse } from "../../core/protocol/frame.js";
import { FrameSplitter } from "../../core/protocol/frame-splitter.js";
import { apiByKey } from "../../core/protocol/apis.js";
import type { Endpoint } from "../../core/types.js";
import type { ExternalPeer } from "../process/cluster.js";
import { advertise, type AdvertisedListeners } from "./advertised-listeners.js";
import type { Pacer } from "./pacer.js";

export interface BridgeOptions {
  /** The broker's listener inside the simulation. */
  readonly target: Endpoint;
  readonly listeners: AdvertisedListeners;
  readonly peer: ExternalPeer;
  readonly pacer: Pacer;
  /** Told of each request, for a log line. */
  readonly onRequest?: ((api: string, clientId: string | null) => void) | undefined;
}

export class TcpBridge {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #options: BridgeOptions;

  constructor(options: BridgeOptions) {
    this.#options = options;
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  /** Listens. @throws if the port is taken */
  listen(port: number, host: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, host, () => {
        this.#server.off("error", reject);
        const address = this.#server.address();
        resolve(typeof address === "object" && address !== null ? address.port : port);
      });
    });
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #accept(socket: Socket): void {
    const { target, listeners, peer, pacer, onRequest } = this.#options;
    const splitter = new FrameSplitter();
    this.#sockets.add(socket);
    let connection: Connection | undefined;
    const end = (): void => {
      this.#sockets.delete(socket);
      socket.destroy();
    };
    const hangUp = (): void => {
      pacer.act(() => peer.act(() => connection?.close()));
      end();
    };
    socket.on("error", hangUp);
    socket.on("close", hangUp);
    pacer.act(() => {
      connection = peer.act(() =>
        peer.environment.network.connect(target, {
          onOpen() {},
          onMessage(message) {
            if (message.kind === "response" && !socket.destroyed)
              socket.write(encodeResponse(advertise(message, listeners)));
          },
          onClose: end,
        }),
      );
    });
    socket.on("data", (chunk: Buffer) => {
      try {
        const frames = splitter.feed(new Uint8Array(chunk));
        if (frames.length === 0) return;
        const requests = frames.map(decodeRequestFrame);
        pacer.act(() =>
          peer.act(() => {
            for (const request of requests) {
              onRequest?.(apiByKey(request.apiKey)?.name ?? String(request.apiKey), request.clientId);
              connection?.send(request);
            }
          }),
        );
      } catch (error) {
        if (!(error instanceof MalformedMessageError)) throw error;
        hangUp();
      }
    });
  }
}
