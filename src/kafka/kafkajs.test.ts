import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { describe, expect, test } from "@jest/globals";
import { parseTopicName } from "../kernel/brand.ts";
import { silentLog } from "../telemetry/log.ts";
import { KafkaError } from "./error.ts";
import { createKafkaJsClient } from "./kafkajs.ts";
import type { KafkaClient } from "./port.ts";

const topics = [parseTopicName("twitter")];

function clientOf(broker: string): KafkaClient {
  return createKafkaJsClient({ brokers: [broker], clientId: "test", log: silentLog, connectTimeoutMs: 300 });
}

/** A server that is no broker; `onConnection` says how it behaves. */
async function startServer(
  onConnection: (socket: Socket) => void,
): Promise<{ broker: string } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onConnection(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    broker: `127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await once(server.close(), "close");
    },
  };
}

const opens: [string, (client: KafkaClient) => Promise<unknown>][] = [
  ["a producer", (client) => client.openProducer()],
  ["a consumer", (client) => client.openConsumer({ topics, groupId: "g", startAt: "earliest" })],
  ["an admin", (client) => client.openAdmin()],
];

describe.each(opens)("opening %s", (_, open) => {
  test("fails with broker-unreachable, naming the address, where nobody listens", async () => {
    const server = await startServer(() => {});
    await server[Symbol.asyncDispose]();
    const failed = open(clientOf(server.broker));
    await expect(failed).rejects.toBeInstanceOf(KafkaError);
    await expect(failed).rejects.toMatchObject({
      code: "broker-unreachable",
      retriable: true,
      message: expect.stringMatching(new RegExp(`${server.broker}.*ECONNREFUSED`)),
      details: { brokers: [server.broker] },
    });
  });

  test.each([
    ["says nothing", (_: Socket): void => {}],
    ["speaks HTTP", (socket: Socket): void => void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")],
    ["hangs up", (socket: Socket): void => void socket.destroy()],
  ])("fails with broker-unreachable at a server that %s", async (_name, onConnection) => {
    await using server = await startServer(onConnection);
    await expect(open(clientOf(server.broker))).rejects.toMatchObject({
      code: "broker-unreachable",
      message: expect.stringContaining(server.broker),
    });
  });
});

describe("the addresses of brokers", () => {
  test.each([
    [[]],
    [["localhost"]],
    [["localhost:"]],
    [["localhost:0"]],
    [["localhost:70000"]],
    [["kafka://a:9092"]],
  ])("%j are refused before anything connects", (brokers) => {
    expect(() => createKafkaJsClient({ brokers, clientId: "test", log: silentLog })).toThrow(
      expect.objectContaining({ code: "invalid-address" }),
    );
  });

  test.each([[["localhost:9092"]], [["127.0.0.1:1", "kafka-1.example:65535"]]])("%j are taken", (brokers) => {
    expect(() => createKafkaJsClient({ brokers, clientId: "test", log: silentLog })).not.toThrow();
  });
});
