/**
 * From a frame to its answer: request header, version check, decode, handle, encode, response header.
 * Spec: https://kafka.apache.org/protocol.html#protocol_messages
 */
import { apis } from "./apis.ts";
import {
  type Answer,
  type ApiVersion,
  closeConnection,
  type Interceptor,
  noResponse,
  type RequestContext,
} from "./protocol/api.ts";
import { ErrorCode } from "./protocol/error-codes.ts";
import type { Draft, Fields } from "./protocol/field.ts";
import { FrameError, Reader } from "./protocol/reader.ts";
import { type Chunks, Writer } from "./protocol/writer.ts";
import { apiVersionsKey, listApiVersions } from "./requests/18-api-versions.ts";
import type { SaslSession } from "./sasl/session.ts";

/** What is to be written, frame length included; or what to do instead. */
export type Reply = (Chunks & { readonly closes?: boolean }) | typeof noResponse | typeof closeConnection;

export interface ConnectionContext
  extends Pick<RequestContext, "broker" | "sasl" | "clientHost" | "onDisconnect"> {
  readonly intercept?: Interceptor | undefined;
}

/** As Kafka's `sasl.server.max.receive.size`. */
const maxBytesBeforeLogin = 524_288;

/** Throws FrameError, or rejects with it, when the connection cannot go on. */
export function answerFrame(frame: Buffer, connection: ConnectionContext): Reply | Promise<Reply> {
  const { sasl } = connection;
  if (sasl !== null && sasl.state !== "authenticated" && frame.length > maxBytesBeforeLogin) {
    throw new FrameError("too-large", `${frame.length} bytes from a client that has not logged in`);
  }
  if (sasl?.state === "bare-tokens") return answerToken(frame, sasl);
  const reader = new Reader(frame);
  const key = reader.int16();
  const version = reader.int16();
  const correlationId = reader.int32();
  const api = apis.get(key);
  const admission = sasl === null ? "answer" : sasl.admit(key);
  if (admission === "close") return closeConnection;
  if (api === undefined) throw new FrameError("malformed", `API key ${key} is not served`);
  const served = api.version(version);
  if (served === null) {
    if (key === apiVersionsKey) return refuseApiVersions(correlationId);
    throw new FrameError("malformed", `${api.name} version ${version} is not served`);
  }
  // The client id keeps its old form in every header, so that a broker can read it before it knows the version.
  const clientId = reader.string(false) ?? "";
  if (served.flexible) skipTags(reader);
  // Bytes after the message are let pass, as Kafka does: librdkafka pads an empty list of topics in Metadata 12.
  const request = served.request.decode(reader);
  if (admission === "refuse") {
    const refusal = { errorCode: ErrorCode.illegalSaslState } as Draft<Fields>;
    return lastReply(encodeReply(refusal, served, correlationId, served.flexible && key !== apiVersionsKey));
  }
  const { intercept, ...rest } = connection;
  const context: RequestContext = { ...rest, version, clientId };
  const answer =
    intercept === undefined
      ? api.handle(request, context)
      : intercept({ api, version, request, context }, () => api.handle(request, context));
  // ApiVersions' response header stays untagged: the client has yet to learn which versions there are.
  const hasTaggedHeader = served.flexible && key !== apiVersionsKey;
  if (answer instanceof Promise) {
    return answer.then((settled) => encodeReply(settled, served, correlationId, hasTaggedHeader));
  }
  const reply = encodeReply(answer, served, correlationId, hasTaggedHeader);
  return sasl?.state === "failed" ? lastReply(reply) : reply;
}

function lastReply(reply: Reply): Reply {
  return reply === noResponse || reply === closeConnection ? closeConnection : { ...reply, closes: true };
}

/** A token as it came in the days before SaslAuthenticate: a length and bytes, both ways. */
function answerToken(token: Buffer, sasl: SaslSession): Reply {
  const step = sasl.step(token);
  if (step.kind === "refused") return closeConnection;
  const frame = Buffer.alloc(4 + step.bytes.length);
  frame.writeInt32BE(step.bytes.length, 0);
  step.bytes.copy(frame, 4);
  return { buffers: [frame], byteLength: frame.length };
}

function skipTags(reader: Reader): void {
  for (let count = reader.varint(); count > 0; count--) {
    reader.varint();
    reader.skip(reader.varint());
  }
}

function encodeReply(
  answer: Answer<Fields>,
  { response }: ApiVersion,
  correlationId: number,
  hasTaggedHeader: boolean,
): Reply {
  if (answer === noResponse || answer === closeConnection) return answer;
  const writer = new Writer();
  writer.int32(0);
  writer.int32(correlationId);
  if (hasTaggedHeader) writer.varint(0);
  response.encode(writer, answer as Draft<Fields>);
  return withLength(writer.finish());
}

function withLength(chunks: Chunks): Chunks {
  chunks.buffers[0]?.writeInt32BE(chunks.byteLength - 4, 0);
  return chunks;
}

/** A version of ApiVersions to come: the client falls back on what it reads here. */
function refuseApiVersions(correlationId: number): Reply {
  const first = apis.get(apiVersionsKey)?.version(0);
  if (!first) return closeConnection;
  const answer = { errorCode: ErrorCode.unsupportedVersion, apiKeys: listApiVersions(apis.values()) };
  return encodeReply(answer as Draft<Fields>, first, correlationId, false);
}
