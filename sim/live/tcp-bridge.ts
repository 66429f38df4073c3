// TCP bridge: a broker's port in the real world.
//
// Its door is open or shut:
//  - open while the broker listens, and while its machine is dark: then nobody answers, but nobody refuses either;
//  - shut while the machine runs and the broker does not (it crashed, stopped, or is still starting): dials are refused.
// The server looks after each slice of simulated time which of the two holds.

import { createServer, type Server } from "node:net";
import { ClientSocket, type SocketContext } from "./client-socket.js";

/** How long to wait before a port that another program took meanwhile is tried again. */
const RETRY_MS = 200;

export class TcpBridge {
  readonly #context: SocketContext;
  readonly #host: string;
  readonly #clients = new Set<ClientSocket>();
  #port = 0;
  /** Undefined while the door is shut. */
  #server: Server | undefined;
  #retryAtMs = 0;
  #closed = false;

  constructor(host: string, context: SocketContext) {
    this.#host = host;
    this.#context = context;
  }

  /** Opens the door for the first time. Resolves to the port. Rejects if it is taken. */
  listen(port: number): Promise<number> {
    this.#port = port;
    return new Promise((resolve, reject) => {
      const server = this.#open((error) => reject(error));
      server.once("listening", () => {
        const address = server.address();
        if (typeof address === "object" && address !== null) this.#port = address.port;
        resolve(this.#port);
      });
    });
  }

  /** Opens or shuts the door, as the broker's machine has it. */
  setOpen(open: boolean): void {
    if (open === (this.#server !== undefined) || this.#closed) return;
    if (!open) {
      this.#server?.close();
      this.#server = undefined;
    } else if (performance.now() >= this.#retryAtMs) {
      this.#open(() => {
        this.#server = undefined;
        this.#retryAtMs = performance.now() + RETRY_MS;
      });
    }
  }

  /** Shuts the door for good and cuts every connection. */
  close(): Promise<void> {
    this.#closed = true;
    const server = this.#server;
    this.#server = undefined;
    for (const client of this.#clients) client.destroy();
    return new Promise((resolve) => {
      if (server === undefined) resolve();
      else server.close(() => resolve());
    });
  }

  #open(onError: (error: Error) => void): Server {
    const server = createServer({ noDelay: true }, (socket) => {
      const client = new ClientSocket(socket, this.#context);
      this.#clients.add(client);
      socket.once("close", () => this.#clients.delete(client));
    });
    server.once("error", onError);
    server.listen(this.#port, this.#host);
    this.#server = server;
    return server;
  }
}
