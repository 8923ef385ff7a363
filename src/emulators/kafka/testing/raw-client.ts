/**
 * A client for tests that sends what it is told, right or wrong, and sees each answer as it came.
 */
import { connect } from "node:net";
import type { TypedApi } from "../protocol/api.ts";
import { createMessageCodec } from "../protocol/codec.ts";
import type { Draft, Fields, Message } from "../protocol/field.ts";
import { createFrameAssembler } from "../protocol/frame-assembler.ts";
import { Reader } from "../protocol/reader.ts";
import { Writer } from "../protocol/writer.ts";

export interface RawClient extends AsyncDisposable {
  /** Sends a request and decodes the next answer, whatever correlation id it has. */
  call<Q extends Fields, R extends Fields>(
    api: TypedApi<Q, R>,
    version: number,
    body: Draft<Q>,
  ): Promise<Message<R>>;
  /** Sends bytes as they are. */
  send(bytes: Buffer): void;
  /** The next answer without its length; null once the broker has closed the connection. */
  nextFrame(): Promise<Buffer | null>;
  /** Says that no more will come, and resolves once the broker has read it all and hung up. */
  finish(): Promise<void>;
}

export const defaultClientId = "raw";

export interface RequestHeader {
  readonly key: number;
  readonly version: number;
  readonly flexible: boolean;
  readonly correlationId: number;
  readonly clientId?: string;
}

/** Header and body, with their length before them. */
export function frameOf(header: RequestHeader, body: Buffer): Buffer {
  const { key, version, flexible, correlationId } = header;
  const clientId = Buffer.from(header.clientId ?? defaultClientId);
  const head = Buffer.alloc(14);
  head.writeInt32BE(10 + clientId.length + (flexible ? 1 : 0) + body.length, 0);
  head.writeInt16BE(key, 4);
  head.writeInt16BE(version, 6);
  head.writeInt32BE(correlationId, 8);
  head.writeInt16BE(clientId.length, 12);
  return Buffer.concat([head, clientId, Buffer.alloc(flexible ? 1 : 0), body]);
}

export function encodeRequest<Q extends Fields, R extends Fields>(
  api: TypedApi<Q, R>,
  version: number,
  body: Draft<Q>,
  correlationId = 1,
  clientId = defaultClientId,
): Buffer {
  const flexible = api.version(version)?.flexible ?? false;
  const writer = new Writer();
  createMessageCodec(api.messages.request, version, flexible).encode(writer, body);
  const header = { key: api.key, version, flexible, correlationId, clientId };
  return frameOf(header, Buffer.concat(writer.finish().buffers));
}

/** Throws when bytes are left over, since a client would take them for something else. */
export function decodeResponse<Q extends Fields, R extends Fields>(
  api: TypedApi<Q, R>,
  version: number,
  frame: Buffer,
): Message<R> {
  const flexible = api.version(version)?.flexible ?? false;
  const reader = new Reader(frame);
  reader.int32();
  if (flexible && api.key !== 18) reader.varint();
  const message = createMessageCodec(api.messages.response, version, flexible).decode(reader);
  if (reader.remaining > 0) throw new Error(`${reader.remaining} bytes left over in ${api.name} ${version}`);
  return message;
}

/** `at` is a port of 127.0.0.1, or `host:port`. */
export async function openRawClient(
  at: number | string,
  clientId: string = defaultClientId,
): Promise<RawClient> {
  const [host = "", port] = typeof at === "number" ? ["127.0.0.1", at] : at.split(":");
  const socket = connect({ host, port: Number(port), noDelay: true });
  const assembler = createFrameAssembler(2 ** 31 - 1);
  const arrived: Buffer[] = [];
  const waiting: ((frame: Buffer | null) => void)[] = [];
  let isClosed = false;
  socket.on("data", (chunk) => {
    assembler.push(chunk);
    for (let frame = assembler.next(); frame !== null; frame = assembler.next()) {
      const next = waiting.shift();
      if (next === undefined) arrived.push(frame);
      else next(frame);
    }
  });
  socket.on("close", () => {
    isClosed = true;
    for (const next of waiting.splice(0)) next(null);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  // A broker that hangs up is what some tests wait for: they see it as the end of the frames.
  socket.on("error", () => {});

  const client: RawClient = {
    async call(api, version, body) {
      client.send(encodeRequest(api, version, body, 1, clientId));
      const frame = await client.nextFrame();
      if (frame === null) throw new Error(`the broker closed the connection on ${api.name} ${version}`);
      return decodeResponse(api, version, frame);
    },
    send: (bytes) => void socket.write(bytes),
    nextFrame() {
      const frame = arrived.shift();
      if (frame !== undefined) return Promise.resolve(frame);
      if (isClosed) return Promise.resolve(null);
      return new Promise((resolve) => waiting.push(resolve));
    },
    async finish() {
      socket.end();
      while ((await client.nextFrame()) !== null);
    },
    async [Symbol.asyncDispose]() {
      if (isClosed) return;
      const closed = new Promise((resolve) => socket.once("close", resolve));
      socket.destroy();
      await closed;
    },
  };
  return client;
}
