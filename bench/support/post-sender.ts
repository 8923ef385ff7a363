/**
 * X's filtered stream as fast as a socket takes it, as a program: writes its address, ends when its stdin does. What a
 * stream sends, once: `posts N` posts of about 700 bytes, 2,000 of them over and over; `unique N` no post twice; `line BYTES PIECE` one post that long in writes of PIECE
 * bytes; `endless PIECE` a post that never ends. Then it stays silent. The rules endpoint has one rule.
 */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { createPosts } from "./posts.ts";

const [what = "", ...sizes] = process.argv.slice(2);
const [first = 0, second = 0] = sizes.map(Number);

const senders: Readonly<Record<string, (response: ServerResponse) => Promise<void>>> = {
  posts: (response) => sendPosts(response, first),
  unique: (response) => sendUniquePosts(response, first),
  line: (response) => sendLine(response, first, second),
  endless: (response) => sendEndless(response, first),
};
const send = senders[what];
if (send === undefined) throw new Error(`there is nothing to send named ${what}`);

const server = createServer((request, response) => {
  response.setHeader("Content-Type", "application/json; charset=utf-8");
  if (request.url?.includes("/rules")) {
    response.end(JSON.stringify({ data: [{ id: "1", value: "x" }], meta: { result_count: 1 } }));
    return;
  }
  response.flushHeaders();
  for (const event of ["drain", "close"]) {
    response.on(event, () => {
      for (const resolve of waiting.splice(0)) resolve();
    });
  }
  response.socket?.setNoDelay(true);
  // Whoever reads may go away at any time.
  send(response).catch(() => response.destroy());
});

/** Who waits for room, or for the end of the reader; there is one stream at a time. */
const waiting: (() => void)[] = [];

async function write(response: ServerResponse, bytes: Buffer): Promise<void> {
  if (response.destroyed) throw new Error("the reader is gone");
  if (!response.write(bytes)) await new Promise<void>((resolve) => waiting.push(resolve));
}

const blockPosts = 2000;

/** Made before, so that the sender is never what is waited for. */
async function sendPosts(response: ServerResponse, count: number): Promise<void> {
  const lines = createPosts(blockPosts);
  const block = Buffer.from(`${lines.join("\r\n")}\r\n`);
  for (let left = count; left > 0; left -= blockPosts) {
    const rest = left >= blockPosts ? block : Buffer.from(`${lines.slice(0, left).join("\r\n")}\r\n`);
    await write(response, rest);
  }
}

async function sendUniquePosts(response: ServerResponse, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += blockPosts) {
    const lines = createPosts(Math.min(blockPosts, count - sent), sent);
    await write(response, Buffer.from(`${lines.join("\r\n")}\r\n`));
  }
}

const head = '{"data":{"id":"1","created_at":"2026-01-31T12:00:00.000Z","text":"';
const tail = '"},"matching_rules":[{"id":"1","tag":"x"}]}\r\n';

async function sendLine(response: ServerResponse, bytes: number, piece: number): Promise<void> {
  const line = Buffer.from(head + "x".repeat(bytes - head.length - tail.length) + tail);
  for (let at = 0; at < line.length; at += piece) await write(response, line.subarray(at, at + piece));
}

async function sendEndless(response: ServerResponse, piece: number): Promise<void> {
  await write(response, Buffer.from(head));
  const more = Buffer.alloc(piece, "x");
  for (;;) await write(response, more);
}

server.listen(0, "127.0.0.1");
await once(server, "listening");
const address = server.address();
if (typeof address !== "object" || address === null) throw new Error("no address");
process.stdout.write(`http://127.0.0.1:${address.port}\n`);
await once(process.stdin.resume(), "end");
process.exit(0);
