import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, test } from "@jest/globals";
import type { Broker } from "./broker.ts";
import { createFrameBudget, serveConnection } from "./connection.ts";

/** The head of a frame of 50 MB, and so many bytes of it. */
function unfinishedFrame(bytes: number): Buffer {
  const frame = Buffer.alloc(4 + bytes);
  frame.writeInt32BE(50_000_000);
  return frame;
}

test("unfinished frames of all clients share one budget: who exceeds it is closed, and what it held is free again", async () => {
  const budget = createFrameBudget(1_000_000);
  // No frame becomes whole, so no broker is asked.
  const server = createServer((socket) => serveConnection(socket, {} as Broker, undefined, budget));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const clients: Socket[] = [];
  const open = async () => {
    const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
    client.on("error", () => {});
    clients.push(client);
    await once(client, "connect");
    return client;
  };
  const settle = async (bytes: number) => {
    while (budget.usedBytes !== bytes) await new Promise((resolve) => setImmediate(resolve));
  };

  const first = await open();
  first.write(unfinishedFrame(600_000));
  await settle(600_004);
  const second = await open();
  const closed = new Promise((resolve) => second.once("close", resolve));
  second.write(unfinishedFrame(600_000));
  await closed;
  await settle(600_004);
  expect(first.destroyed).toBe(false);
  first.destroy();
  await settle(0);
  for (const client of clients) client.destroy();
  await new Promise((resolve) => server.close(resolve));
});
