/**
 * What a broker does by itself and no request of Kafka's asks for, on an HTTP port of its own:
 * `POST /topics/NAME/roll` closes the newest segment of each partition and cleans the topic up at once.
 */
import { createServer, type ServerResponse } from "node:http";
import { listen } from "../listen.ts";
import type { Broker } from "./broker.ts";

export interface Control extends AsyncDisposable {
  readonly port: number;
}

export interface ControlOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly broker: Pick<Broker, "roll">;
}

/** Throws EmulatorError `port-in-use` or `cannot-listen`. */
export async function startControl({ host, port: wanted, broker }: ControlOptions): Promise<Control> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://emulator");
    const topic = /^\/topics\/([a-zA-Z0-9._-]+)\/roll$/.exec(pathname)?.[1];
    if (topic === undefined) return answer(response, 404, { error: "there is POST /topics/NAME/roll" });
    if (request.method !== "POST") return answer(response, 405, { error: "rolling takes POST" });
    if (broker.roll(topic)) return answer(response, 200, { topic, rolled: true });
    answer(response, 404, { error: `there is no topic ${topic}` });
  });
  const port = await listen(server, { what: "Kafka emulator's control port", host, port: wanted });
  return {
    port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(`${JSON.stringify(body)}\n`);
}
