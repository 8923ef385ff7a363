/**
 * What tests talk to the emulator with: plain requests, and a stream that keeps each body chunk as it arrived. It
 * shares nothing with the clients that Birdwire ships.
 */
import { type IncomingHttpHeaders, type IncomingMessage, request as startRequest } from "node:http";
import type { Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";

export interface TestAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Parsed JSON. */
  readonly body: unknown;
}

export interface TestRequest {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default "test"; null sends no authorization. */
  readonly token?: string | null;
  /** Gives up a stream that was not answered yet. */
  readonly signal?: AbortSignal;
}

function headersOf({ token = "test", headers = {} }: TestRequest): Record<string, string> {
  return { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers };
}

export async function ask(url: string, options: TestRequest = {}): Promise<TestAnswer> {
  const { method = "GET", body } = options;
  const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
  // Node frames no body of a DELETE by itself.
  const headers = {
    ...headersOf(options),
    ...(text === "" ? {} : { "content-length": Buffer.byteLength(text) }),
  };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = startRequest(url, { method, headers, agent: false }, resolve);
    request.on("error", reject);
    request.end(text);
  });
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece as Buffer);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: JSON.parse(Buffer.concat(pieces).toString()),
  };
}

const rulesPath = "/2/tweets/search/stream/rules";

export function addRules(url: string, ...values: readonly string[]): Promise<TestAnswer> {
  return ask(url + rulesPath, { method: "POST", body: { add: values.map((value) => ({ value })) } });
}

export interface TestStream extends AsyncDisposable {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Body chunks as the HTTP parser gave them, before any decompression. */
  readonly chunks: readonly Buffer[];
  /** Lines so far, without their CRLF; a heartbeat is an empty one. Throws on a line that ends with LF alone. */
  readonly lines: readonly string[];
  /** Text after the last line's end. */
  rest(): string;
  /** Resolves once there are so many lines; rejects when the stream ends before. */
  until(lines: number): Promise<readonly string[]>;
  /** Resolves when the body has ended; false when the connection broke. */
  readonly ended: Promise<boolean>;
  pause(): void;
  resume(): void;
}

export async function openStream(url: string, query = "", options: TestRequest = {}): Promise<TestStream> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const target = `${url}/2/tweets/search/stream${query}`;
    const { signal } = options;
    const how = { headers: headersOf(options), agent: false, ...(signal === undefined ? {} : { signal }) };
    const request = startRequest(target, how, resolve);
    request.on("error", reject);
    request.end();
  });
  const chunks: Buffer[] = [];
  const lines: string[] = [];
  let held: Buffer = Buffer.alloc(0);
  let waiting: { lines: number; resolve(): void; reject(error: Error): void }[] = [];
  let over = false;

  const settle = () => {
    for (const wait of waiting) {
      if (lines.length >= wait.lines) wait.resolve();
      else if (over) wait.reject(new Error(`the stream ended after ${lines.length} of ${wait.lines} lines`));
    }
    waiting = waiting.filter((wait) => lines.length < wait.lines && !over);
  };
  response.on("data", (chunk: Buffer) => chunks.push(chunk));
  const body = decompress(response);
  const take = (piece: Buffer) => {
    if (response.statusCode !== 200) {
      held = Buffer.concat([held, piece]);
      return;
    }
    held = held.length === 0 ? piece : Buffer.concat([held, piece]);
    let start = 0;
    for (let end = held.indexOf(0x0a); end !== -1; end = held.indexOf(0x0a, start)) {
      if (held[end - 1] !== 0x0d) throw new Error("a line ends with LF alone");
      lines.push(held.toString("utf8", start, end - 1));
      start = end + 1;
    }
    held = held.subarray(start);
    settle();
  };
  body.on("data", take);
  // What cannot be decompressed is seen as silence; the chunks are there.
  body.on("error", () => {});
  const ended = new Promise<boolean>((resolve) => {
    response.on("close", () => {
      over = true;
      resolve(response.complete);
      settle();
    });
    response.on("error", () => {});
  });

  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    chunks,
    lines,
    rest: () => held.toString(),
    ended,
    async until(count) {
      await new Promise<void>((resolve, reject) => {
        waiting.push({ lines: count, resolve, reject });
        settle();
      });
      return lines;
    },
    pause: () => void response.pause(),
    resume: () => void response.resume(),
    async [Symbol.asyncDispose]() {
      response.destroy();
      await ended;
    },
  };
}

function decompress(response: IncomingMessage): Readable {
  switch (response.headers["content-encoding"]) {
    case "gzip":
      return response.pipe(createGunzip());
    case "br":
      return response.pipe(createBrotliDecompress());
    case "deflate":
      return response.pipe(createInflate());
    default:
      return response;
  }
}
