/**
 * A small HTTP server for this room's tests: each connect to the stream plays the script of its number, and rule
 * requests go to a function. It knows nothing of X but the paths.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}

/** Plays one connect; `connection` counts from 1. */
export type StreamScript = (response: ServerResponse, connection: number, request: Request) => unknown;
export type RulesScript = (request: Request) => { status?: number; body: unknown };

export interface ScriptedServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly Request[];
  /** Resolves with the `connection`th connect to the stream. */
  connected(connection: number): Promise<ServerResponse>;
  /** Sockets that are open now. */
  readonly openSockets: number;
  /** Resolves once no socket is open. */
  drained(): Promise<void>;
}

export async function startScriptedServer({
  stream,
  rules = () => ({ body: { data: [{ id: "1", value: "x", tag: "" }], meta: {} } }),
}: {
  stream: StreamScript;
  rules?: RulesScript;
}): Promise<ScriptedServer> {
  const requests: Request[] = [];
  const connects: ServerResponse[] = [];
  const sockets = new Set<Socket>();
  let changed: (() => void)[] = [];
  const change = () => {
    const waiting = changed;
    changed = [];
    for (const wake of waiting) wake();
  };

  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("error", () => {});
    response.on("error", () => {});
    incoming.on("end", () => {
      const { pathname, searchParams } = new URL(incoming.url ?? "/", "http://127.0.0.1");
      const text = Buffer.concat(chunks).toString();
      const request: Request = {
        method: incoming.method ?? "",
        path: pathname,
        query: searchParams,
        headers: incoming.headers,
        body: text === "" ? undefined : JSON.parse(text),
      };
      requests.push(request);
      if (pathname === "/2/tweets/search/stream") {
        connects.push(response);
        stream(response, connects.length, request);
        change();
      } else {
        const { status = 200, body } = rules(request);
        response.writeHead(status, { "content-type": "application/json; charset=utf-8" });
        response.end(JSON.stringify(body));
      }
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("close", () => {
      sockets.delete(socket);
      change();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  const until = async (done: () => boolean) => {
    while (!done()) await new Promise<void>((resolve) => changed.push(resolve));
  };

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async connected(connection) {
      await until(() => connects.length >= connection);
      return connects[connection - 1] as ServerResponse;
    },
    get openSockets() {
      return sockets.size;
    },
    drained: () => until(() => sockets.size === 0),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Sends the head of a stream that stays open. */
export function beginStream(response: ServerResponse, headers: Record<string, string> = {}): ServerResponse {
  response.writeHead(200, { "content-type": "application/json; charset=utf-8", ...headers });
  response.flushHeaders();
  return response;
}

/** Writes and resolves once the bytes were handed to the operating system. */
export function write(response: ServerResponse, bytes: string | Buffer): Promise<void> {
  return new Promise((resolve) => {
    response.write(bytes, () => resolve());
  });
}

/** Answers a connect with a problem. */
export function refuse(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}
