/**
 * The emulator's HTTP servers: how they fail, close, and, for a fault, go away for a while and come back.
 */
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import type { Clock } from "../../kernel/clock.ts";
import { describeCause } from "../../kernel/error.ts";
import type { Log } from "../../telemetry/log.ts";
import { listen } from "../listen.ts";
import { type ServerTls, serverTlsOptions } from "../server-tls.ts";
import type { FaultHost } from "./scenarios/faults.ts";

type Handler = (...parameters: Parameters<RequestListener>) => Promise<void>;

/** HTTPS with `tls`. */
export function createHttpServer(handle: Handler, log: Log, tls?: ServerTls): Server {
  const listener: RequestListener = (request, response) => {
    handle(request, response).catch((error: unknown) => {
      log.error(`the X emulator could not answer: ${describeCause(error)}`);
      response.destroy();
    });
  };
  return tls === undefined ? createServer(listener) : createTlsServer(serverTlsOptions(tls), listener);
}

/** Waits for `ends`, then closes whatever is left. */
export async function closeServer(server: Server, ends: readonly Promise<void>[]): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  await Promise.all(ends);
  server.closeAllConnections();
  await closed;
}

const retryMs = 1000;

/** Of a server that listens by then. What cannot be opened again is tried again, as a process that is restarted would be. */
export function createFaultHost(
  server: Server,
  { host, clock, log }: { readonly host: string; readonly clock: Clock; readonly log: Log },
): FaultHost {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  let port = 0;
  return {
    async closePort() {
      const address = server.address();
      if (address === null || typeof address === "string") return;
      port = address.port;
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      for (const socket of sockets) socket.resetAndDestroy();
      await closed;
    },
    async openPort() {
      while (!server.listening) {
        try {
          await listen(server, { what: "X emulator", host, port });
        } catch (error) {
          log.warn(`the X emulator's port is not open again yet: ${describeCause(error)}`);
          await clock.sleep(retryMs);
        }
      }
    },
  };
}
