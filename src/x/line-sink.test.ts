import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createManualClock } from "../kernel/clock.ts";
import { bytesOf, lineOf, post, posts, sends, serve } from "./testing/posts.ts";
import { openTestStream, payloadsOf } from "./testing/read-stream.ts";
import { beginStream, write } from "./testing/scripted-server.ts";

describe("the bytes of a stream", () => {
  test("give the same posts wherever they are cut: in a character, in a CRLF, at every byte", async () => {
    const all = posts(12);
    const bytes = bytesOf(all);
    await using server = await serve(async (response) => {
      beginStream(response);
      for (let at = 0; at < bytes.length; at++) await write(response, bytes.subarray(at, at + 1));
    });
    await using x = await openTestStream(server);
    expect(payloadsOf(await x.read(all.length))).toEqual(all);
  });

  test("give the same posts under any cuts, heartbeats and endings", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.string({ unit: "grapheme" }),
            fc.constantFrom("\r\n", "\n", "\r\n\r\n", "\r\n\r\n\r\n"),
          ),
          {
            minLength: 1,
            maxLength: 8,
          },
        ),
        fc.array(fc.nat(), { maxLength: 12 }),
        async (parts, cuts) => {
          const all = parts.map(([text], n) => ({ data: { id: `${n}`, text } }));
          const bytes = Buffer.from(parts.map(([, ending], n) => JSON.stringify(all[n]) + ending).join(""));
          const points = [...new Set(cuts.map((cut) => cut % bytes.length))].sort((a, b) => a - b);
          await using server = await serve(async (response) => {
            beginStream(response);
            for (const [index, from] of [0, ...points].entries()) {
              await write(response, bytes.subarray(from, points[index] ?? bytes.length));
            }
          });
          await using x = await openTestStream(server);
          expect(payloadsOf(await x.read(all.length))).toEqual(all);
        },
      ),
      { numRuns: 25 },
    );
  });

  test("give a post whose CRLF comes alone, without waiting for the next one", async () => {
    await using server = await serve(async (response) => {
      await write(beginStream(response), JSON.stringify(post(1)));
      await write(response, "\r\n");
    });
    await using x = await openTestStream(server);
    expect(payloadsOf(await x.read(1))).toEqual([post(1)]);
  });

  test("come with the line's raw bytes, the connection's number and the time", async () => {
    await using server = await serve(sends(lineOf(post(2))));
    await using x = await openTestStream({ ...server, url: server.url, clock: createManualClock(5_000) });
    const [first] = await x.read(1);
    expect(first).toMatchObject({
      kind: "post",
      payload: post(2),
      origin: { kind: "x", connection: 1, receivedAtMs: 5_000 },
    });
    expect(first?.raw.toString()).toBe(JSON.stringify(post(2)));
  });

  test("are handed on as malformed, raw, when they are not JSON or not UTF-8, and the rest flows", async () => {
    const bad = Buffer.concat([
      Buffer.from('{"data":{"text":"'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}}'),
    ]);
    const replaced = Buffer.from(JSON.stringify({ data: { id: "7", text: "\ufffd" } }));
    const lines = [Buffer.from('{"data":{"id'), bad, Buffer.from("<html>"), replaced];
    const bytes = Buffer.concat([
      ...lines.flatMap((line) => [line, Buffer.from("\r\n")]),
      bytesOf([post(1)]),
    ]);
    await using server = await serve(sends(bytes));
    await using x = await openTestStream(server);
    const read = await x.read(5);
    expect(payloadsOf(read)).toEqual([
      expect.stringMatching(/^the line is not JSON: Unterminated string in JSON at position 12/),
      "the line is not UTF-8",
      expect.stringMatching(/^the line is not JSON: .*"<html>"/),
      { data: { id: "7", text: "\ufffd" } },
      post(1),
    ]);
    expect(read.slice(0, 4).map(({ raw }) => raw)).toEqual(lines);
  });

  test("give kinds of message that nobody knows, and posts that carry errors, as posts", async () => {
    const all = [
      { event: "new" },
      [],
      "text",
      null,
      { data: post(1).data, errors: [{ title: "Not Found Error" }] },
    ];
    await using server = await serve(sends(bytesOf(all)));
    await using x = await openTestStream(server);
    expect(payloadsOf(await x.read(all.length))).toEqual(all);
    expect(x.stream.counters).toMatchObject({ lines: 5, notices: 0 });
  });

  test("give a 1 MiB message that comes in 64-byte writes", async () => {
    const big = { data: { id: "1", text: "x".repeat(1 << 20) } };
    const bytes = bytesOf([big]);
    await using server = await serve((response) => {
      beginStream(response);
      for (let at = 0; at < bytes.length; at += 64) response.write(bytes.subarray(at, at + 64));
    });
    await using x = await openTestStream(server);
    expect(payloadsOf(await x.read(1))).toEqual([big]);
  });

  test("give a line over the limit as malformed, in its place and with its head, and the rest flows", async () => {
    const long = `{"data":{"id":"2","text":"${"x".repeat(200_000)}"}}`;
    await using server = await serve(sends(`${lineOf(post(1))}${long}\r\n${lineOf(post(3))}`));
    await using x = await openTestStream({ url: server.url, maxLineBytes: 100_000 });
    const read = await x.read(3);
    expect(payloadsOf(read)).toEqual([post(1), "the line is longer than 100000 bytes", post(3)]);
    expect(read[1]?.raw.equals(Buffer.from(long.slice(0, 100_000)))).toBe(true);
    expect(x.stream.counters).toMatchObject({ connects: 1, lines: 3, partialLines: 0 });
  });

  test("that never end a line are given out once the limit is passed, not at its end", async () => {
    await using server = await serve(sends(Buffer.alloc(200_000, "x")));
    await using x = await openTestStream({ url: server.url, maxLineBytes: 100_000 });
    expect(await x.read(1)).toMatchObject([{ kind: "malformed" }]);
  });

  test("count heartbeats and give nothing for them", async () => {
    await using server = await serve(sends(`\r\n\r\n${lineOf(post(1))}`));
    await using x = await openTestStream(server);
    expect(await x.read(1)).toHaveLength(1);
    expect(x.stream.counters.heartbeats).toBe(2);
  });
});
