/**
 * Bytes of a body to HTTP/1.1 chunks, cut where readers break: each chunk reaches the client's parser on its own,
 * however many of them share a write. Source: RFC 9112, 7.1; the defects are those of x-api facts 3.3.
 */
export const byteCuts = ["bytes", "utf8", "crlf"] as const;
/**
 * `bytes`: every byte a chunk of its own; `utf8`: a cut at every place inside a character; `crlf`: the CRLF, and then
 * the LF, in a chunk of its own, in turn.
 */
export type ByteCut = (typeof byteCuts)[number];

export const cutModes = [...byteCuts, "heartbeats"] as const;
/** `heartbeats`: each post in a chunk with a heartbeat before or after it, in turn. */
export type CutMode = (typeof cutModes)[number];

const CR = 0x0d;
const LF = 0x0a;

/** One chunk for all. */
export function toChunk(text: string, bytes: number = Buffer.byteLength(text)): Buffer {
  return Buffer.from(`${bytes.toString(16)}\r\n${text}\r\n`);
}

export function bytesToChunk(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from("\r\n")]);
}

export const lastChunk = "0\r\n\r\n";

/** A function that keeps what it must remember from one piece of the body to the next. */
export function createCutter(mode: ByteCut): (body: Buffer) => Buffer {
  if (mode === "bytes") return cutBytes;
  if (mode === "utf8") return (body) => cutAt(body, (at) => isContinuation(body[at]));
  let lineEnds = 0;
  let cutsBeforeCr = false;
  return (body) =>
    cutAt(body, (at) => {
      const follows = at > 0 && body[at - 1] === LF;
      if (body[at] === CR && body[at + 1] === LF) {
        cutsBeforeCr = lineEnds++ % 2 === 0;
        return cutsBeforeCr || follows;
      }
      const endsLine = body[at] === LF && at > 0 && body[at - 1] === CR;
      return endsLine ? !cutsBeforeCr : follows;
    });
}

/** Whole lines to chunks: each line that is no heartbeat itself gets one. */
export function createGluer(): (lines: string) => Buffer[] {
  let posts = 0;
  return (lines) =>
    lines.split("\r\n").flatMap((line, n, all) => {
      if (n === all.length - 1) return [];
      if (line === "") return toChunk("\r\n");
      return toChunk(posts++ % 2 === 0 ? `${line}\r\n\r\n` : `\r\n${line}\r\n`);
    });
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

function cutBytes(body: Buffer): Buffer {
  const chunks = Buffer.allocUnsafe(body.length * 6);
  let at = 0;
  for (const byte of body) {
    chunks[at] = 0x31;
    chunks[at + 1] = CR;
    chunks[at + 2] = LF;
    chunks[at + 3] = byte;
    chunks[at + 4] = CR;
    chunks[at + 5] = LF;
    at += 6;
  }
  return chunks;
}

function cutAt(body: Buffer, cuts: (at: number) => boolean): Buffer {
  // A chunk of one byte takes six; a larger one adds fewer to each of its bytes.
  const chunks = Buffer.allocUnsafe(body.length * 6 + 16);
  let used = 0;
  let start = 0;
  for (let at = 0; at <= body.length; at++) {
    if ((at < body.length && !cuts(at)) || at === start) continue;
    used += chunks.write(`${(at - start).toString(16)}\r\n`, used, "latin1");
    used += body.copy(chunks, used, start, at);
    chunks[used++] = CR;
    chunks[used++] = LF;
    start = at;
  }
  return chunks.subarray(0, used);
}
