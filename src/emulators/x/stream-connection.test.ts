import { mkdtemp, rm } from "node:fs/promises";
import { type IncomingMessage, request as startRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { addRules } from "./testing/client.ts";
import { largePosts, start, streamPath, untilStill } from "./testing/setup.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "birdwire-x-connection-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function openRaw(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: "Bearer test" };
    const request = startRequest(url + streamPath, { headers, agent: false }, resolve);
    request.on("error", reject);
    request.end();
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}

describe("a client that closes only its own side", () => {
  test.each([[{}], [{ cut: "utf8" }], [{ cut: "crlf" }]] as const)(
    "gets all that counts as written, then the body's end, and all of it is delivered (%j)",
    async (options) => {
      const source = await largePosts(folder, 1000);
      await using x = await start({ source, settleMs: 3_600_000, ...options });
      await addRules(x.url, "word");
      const response = await openRaw(x.url);
      // The emulator is stuck: every buffer on the way is full.
      const played = await untilStill(x);
      response.socket.end();
      const text = await textOf(response);
      expect(response.complete).toBe(true);
      await x.ledger.quiet();
      const ids: string[] = [];
      for await (const { id } of x.ledger.rows({ state: "settled" })) ids.push(id);
      const lines = text.split("\r\n").filter((line) => line !== "");
      expect(lines.map((line) => JSON.parse(line).data.id)).toEqual(ids);
      expect(x.counters().ledger.written).toBe(ids.length);
      expect(ids.length).toBeGreaterThan(0);
      // No post is played to a client that takes no more.
      expect(x.counters().posts.played).toBeLessThanOrEqual(played + 64);
      expect(x.counters().connections.open).toBe(0);
    },
  );
});
