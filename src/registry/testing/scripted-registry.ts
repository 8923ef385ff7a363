/**
 * A server for the client's tests: it answers what the test scripts, keeps what it was asked, and can stay silent.
 */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}

/** `hang` never answers, `drop` closes the connection without an answer. */
export type Scripted =
  | { readonly status: number; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly status: number; readonly text: string; readonly headers?: Readonly<Record<string, string>> }
  | "hang"
  | "drop";

export interface ScriptedRegistry extends AsyncDisposable {
  readonly url: string;
  readonly host: string;
  /** `GET /path`, in order. */
  readonly asked: Asked[];
  /** Resolves when that many requests have come. */
  waitForRequests(count: number): Promise<void>;
}

export async function startScriptedRegistry(script: (asked: Asked) => Scripted): Promise<ScriptedRegistry> {
  const asked: Asked[] = [];
  let wake = () => {};
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString("utf8");
    const one: Asked = {
      method: request.method ?? "",
      path: request.url ?? "",
      headers: request.headers,
      body: text === "" ? undefined : JSON.parse(text),
    };
    asked.push(one);
    wake();
    const answer = script(one);
    if (answer === "hang") return;
    if (answer === "drop") return void request.socket.destroy();
    response.writeHead(answer.status, {
      "Content-Type": "application/vnd.schemaregistry.v1+json",
      ...answer.headers,
    });
    response.end("text" in answer ? answer.text : JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${host}`,
    host,
    asked,
    async waitForRequests(count) {
      while (asked.length < count) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

export const refused = (status: number, errorCode: number, message = "no"): Scripted => ({
  status,
  body: { error_code: errorCode, message },
});
