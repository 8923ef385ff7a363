/**
 * Frames of a stream to bytes on the socket: compressed as the client offers (and flushed, so that nothing waits in
 * the compressor), cut as the emulator is told, in HTTP chunks of our own making.
 */
import { constants, createBrotliCompress, createDeflate, createGzip } from "node:zlib";
import {
  type ByteCut,
  bytesToChunk,
  type CutMode,
  createCutter,
  createGluer,
  lastChunk,
  toChunk,
} from "./cut.ts";

export type ContentCoding = "identity" | "gzip" | "deflate" | "br";

export interface BodyEncoder {
  /** Bytes for the socket, in pieces that each are one write. */
  encode(frames: string): readonly Buffer[] | Promise<readonly Buffer[]>;
  /** Bytes encoded so far, before any coding. */
  readonly bodyBytes: number;
  /** What ends the body. */
  end(): Buffer | Promise<Buffer>;
}

/** Payload bytes of a cut body that share a write: small enough that a reader of single bytes gets to breathe. */
const cutBytesAWrite: Readonly<Record<ByteCut, number>> = { bytes: 1024, utf8: 4096, crlf: 16_384 };

export function createBodyEncoder(coding: ContentCoding, cut: CutMode | undefined): BodyEncoder {
  if (cut === "heartbeats") {
    const glue = createGluer();
    let bodyBytes = 0;
    return {
      get bodyBytes() {
        return bodyBytes;
      },
      encode(frames) {
        bodyBytes += Buffer.byteLength(frames);
        return [Buffer.concat(glue(frames))];
      },
      end: () => Buffer.from(lastChunk),
    };
  }
  if (cut !== undefined) {
    const cutter = createCutter(cut);
    let bodyBytes = 0;
    return {
      get bodyBytes() {
        return bodyBytes;
      },
      encode(frames) {
        const body = Buffer.from(frames);
        bodyBytes += body.length;
        const writes: Buffer[] = [];
        for (let at = 0; at < body.length; ) {
          let end = Math.min(at + cutBytesAWrite[cut], body.length);
          // The cutters look at both sides of a cut: keep a line's end, and a character, in one piece.
          while (end < body.length && (body[end - 1] === 0x0d || ((body[end] ?? 0) & 0xc0) === 0x80)) end++;
          writes.push(cutter(body.subarray(at, end)));
          at = end;
        }
        return writes;
      },
      end: () => Buffer.from(lastChunk),
    };
  }
  if (coding === "identity") {
    let bodyBytes = 0;
    return {
      get bodyBytes() {
        return bodyBytes;
      },
      encode(frames) {
        const bytes = Buffer.byteLength(frames);
        bodyBytes += bytes;
        return [toChunk(frames, bytes)];
      },
      end: () => Buffer.from(lastChunk),
    };
  }
  return createCompressingEncoder(coding);
}

function createCompressingEncoder(coding: Exclude<ContentCoding, "identity">): BodyEncoder {
  const compressor =
    coding === "gzip"
      ? createGzip({ level: constants.Z_BEST_SPEED })
      : coding === "deflate"
        ? createDeflate({ level: constants.Z_BEST_SPEED })
        : createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
  let pieces: Buffer[] = [];
  compressor.on("data", (piece: Buffer) => pieces.push(piece));
  const taken = () => {
    const chunk = bytesToChunk(Buffer.concat(pieces));
    pieces = [];
    return chunk;
  };
  const flushKind = coding === "br" ? constants.BROTLI_OPERATION_FLUSH : constants.Z_SYNC_FLUSH;
  let bodyBytes = 0;
  return {
    get bodyBytes() {
      return bodyBytes;
    },
    encode: (frames) =>
      new Promise((resolve) => {
        const body = Buffer.from(frames);
        bodyBytes += body.length;
        compressor.write(body);
        // The last piece may come a tick after the flush is done.
        compressor.flush(flushKind, () => setImmediate(() => resolve([taken()])));
      }),
    end: () =>
      new Promise((resolve) => {
        compressor.once("end", () => resolve(Buffer.concat([taken(), Buffer.from(lastChunk)])));
        compressor.end();
      }),
  };
}

/** The first of gzip, br and deflate that the header accepts, as X answers with gzip where it may. */
export function chooseCoding(acceptEncoding: string | undefined): ContentCoding {
  const accepted = new Map(
    (acceptEncoding ?? "").split(",").map((entry) => {
      const [name = "", ...parameters] = entry.split(";").map((part) => part.trim().toLowerCase());
      const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
      return [name, weight === undefined ? 1 : Number(weight)] as const;
    }),
  );
  const coding = (["gzip", "br", "deflate"] as const).find((name) => (accepted.get(name) ?? 0) > 0);
  return coding ?? "identity";
}
