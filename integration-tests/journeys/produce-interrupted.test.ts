/**
 * Ctrl-C while `produce`, or a command on dead letters, is still opening: a server that takes the connection and never answers does not hold it up.
 */
import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";
import { describe, expect, test } from "@jest/globals";
import { startBirdwire } from "../support/birdwire.ts";
import { runBirdwireHere, startEmulatorsHere } from "../support/birdwire-here.ts";

/** A server that hangs; `reached` resolves with the first bytes that it gets. */
async function startHangingServer() {
  const sockets = new Set<Socket>();
  let reach = () => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", reach);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    address,
    reached,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("a signal ends produce at once", () => {
  test.each([
    ["the registry", "BIRDWIRE_REGISTRY_URL"],
    ["X", "BIRDWIRE_X_URL"],
  ])("when %s does not answer", async (_, setting) => {
    await using up = await startEmulatorsHere();
    await using hanging = await startHangingServer();
    const stop = new AbortController();
    const env = { ...up.env, [setting]: `http://${hanging.address}` };
    const running = runBirdwireHere(["produce", "--rule", "a=python"], { env, interruption: stop.signal });
    await hanging.reached;
    stop.abort();
    // Their own time limits would end it with 4; of 0 main makes 130.
    expect(await running).toMatchObject({ code: 0, stderr: expect.stringMatching(/received +0/) });
  });

  test("when the broker does not answer", async () => {
    await using up = await startEmulatorsHere();
    await using hanging = await startHangingServer();
    await using running = startBirdwire(["produce", "--rule", "a=python"], {
      env: { ...up.env, BIRDWIRE_BROKERS: hanging.address },
    });
    await hanging.reached;
    running.process.kill("SIGINT");
    expect(await running.done).toMatchObject({ code: 130, stderr: expect.stringMatching(/received +0/) });
  });
});

test.each([["dlq list"], ["dlq show 0:0"], ["dlq redrive"], ["forget 1"]])(
  "a signal ends %s at once when the broker does not answer",
  async (line) => {
    await using hanging = await startHangingServer();
    const stop = new AbortController();
    const running = runBirdwireHere(line.split(" "), {
      env: { BIRDWIRE_BROKERS: hanging.address },
      interruption: stop.signal,
    });
    await hanging.reached;
    stop.abort();
    expect(await running).toMatchObject({ code: 0, stdout: "" });
  },
);
