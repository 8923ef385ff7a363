import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createBodyEncoder } from "./body-encoder.ts";
import { type ByteCut, byteCuts, createCutter, createGluer } from "./cut.ts";

/** The chunks of a chunked body. */
function chunksOf(bytes: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const sizeEnd = bytes.indexOf("\r\n", at);
    const size = Number.parseInt(bytes.toString("latin1", at, sizeEnd), 16);
    chunks.push(bytes.subarray(sizeEnd + 2, sizeEnd + 2 + size));
    if (bytes.toString("latin1", sizeEnd + 2 + size, sizeEnd + 4 + size) !== "\r\n")
      throw new Error("no CRLF after a chunk");
    at = sizeEnd + 4 + size;
  }
  return chunks;
}

function cut(mode: ByteCut, body: string): string[] {
  return chunksOf(createCutter(mode)(Buffer.from(body))).map((chunk) => chunk.toString("latin1"));
}

describe("a body", () => {
  test("of posts with heartbeats glued to them has one before or after each, in turn, in its chunk", () => {
    const glue = createGluer();
    const glued = [...glue("{1}\r\n{2}\r\n"), ...glue("\r\n"), ...glue("{3}\r\n")];
    expect(chunksOf(Buffer.concat(glued)).map(String)).toEqual([
      "{1}\r\n\r\n",
      "\r\n{2}\r\n",
      "\r\n",
      "{3}\r\n\r\n",
    ]);
  });

  test("cut into bytes has every byte in a chunk of its own", () => {
    expect(cut("bytes", "aé\r\n")).toEqual(["a", "\xc3", "\xa9", "\r", "\n"]);
  });

  test("cut inside characters has no character of several bytes in one piece", () => {
    expect(cut("utf8", "aé b👍")).toEqual(["a\xc3", "\xa9 b\xf0", "\x9f", "\x91", "\x8d"]);
  });

  test("cut at line ends has the CRLF, and then the LF, in a chunk of its own, in turn", () => {
    expect(cut("crlf", "{1}\r\n{2}\r\n{3}\r\n\r\n")).toEqual([
      "{1}",
      "\r\n",
      "{2}\r",
      "\n",
      "{3}",
      "\r\n",
      "\r",
      "\n",
    ]);
  });

  test.each(byteCuts)("cut by %s is the same body, in pieces of any size", (mode) => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme" }).map((text) => `${text}\r\n`)), (frames) => {
        const cutter = createCutter(mode);
        const bodies = frames.map((frame) => Buffer.from(frame));
        const chunks = bodies.filter((body) => body.length > 0).flatMap((body) => chunksOf(cutter(body)));
        expect(chunks.every((chunk) => chunk.length > 0)).toBe(true);
        expect(Buffer.concat(chunks).equals(Buffer.concat(bodies))).toBe(true);
      }),
    );
  });

  test.each(byteCuts)("cut by %s is written in pieces that let the reader breathe", async (mode) => {
    const text = "é👍 text\r\n".repeat(4000);
    const writes = await createBodyEncoder("identity", mode).encode(text);
    expect(writes.length).toBeGreaterThan(2);
    const chunks = writes.flatMap((bytes) => chunksOf(bytes));
    expect(Buffer.concat(chunks).toString()).toBe(text);
    if (mode === "crlf") expect(chunks.filter((chunk) => chunk.toString() === "\r\n")).toHaveLength(2000);
  });
});
